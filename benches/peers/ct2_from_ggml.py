"""Turns a whisper.cpp model file into a folder that faster-whisper (CTranslate2) loads, so that both run the same weights.

Quantized matrices become the numbers that whisper.cpp computes with, in 32 bits; CTranslate2 quantizes them again to its own int8
when it loads them. The vocabulary is the file's own; places that it leaves empty get names that nothing spells. Types other than f32,
f16, q8_0, q5_0 are refused. Of the languages only the first five have their real names, which is all the benchmark asks for.

    ct2_from_ggml.py MODEL FOLDER
"""

import json
import pathlib
import struct
import sys

import ctranslate2
import numpy
from ctranslate2.converters.utils import fuse_linear
from ctranslate2.specs import whisper_spec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

FIRST_LANGUAGES = ["en", "zh", "de", "es", "ru"]
# What a file with that many tokens has beside its languages: texts, end, start, six tasks and marks, 1501 times.
WITHOUT_LANGUAGES = 51766


def q8_0(raw, count):
    blocks = numpy.frombuffer(raw, numpy.uint8).reshape(-1, 34)
    scale = blocks[:, :2].copy().view("<f2").astype("f4")
    return (blocks[:, 2:].copy().view("i1") * scale).reshape(count)


def q5_0(raw, count):
    blocks = numpy.frombuffer(raw, numpy.uint8).reshape(-1, 22)
    scale = blocks[:, :2].copy().view("<f2").astype("f4")
    fifth = (blocks[:, 2:6].copy().view("<u4") >> numpy.arange(32, dtype="u4")) & 1
    low = numpy.concatenate([blocks[:, 6:] & 15, blocks[:, 6:] >> 4], axis=1)
    return (((low | (fifth << 4).astype("u1")).astype("f4") - 16) * scale).reshape(count)


# ggml's number of a type: bytes of a block, numbers in it, how to read it.
TYPES = {
    0: (4, 1, lambda raw, count: numpy.frombuffer(raw, "<f4")),
    1: (2, 1, lambda raw, count: numpy.frombuffer(raw, "<f2").astype("f4")),
    6: (22, 32, q5_0),
    8: (34, 32, q8_0),
}


def read(path):
    """Sizes of the header, text tokens as bytes, tensors by name."""
    data = memoryview(pathlib.Path(path).read_bytes())
    at = 0

    def take(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values

    magic, *sizes = take("12i")
    if magic != 0x67676D6C:
        sys.exit(f"error: `{path}` is no model in whisper.cpp's format")
    mels, bins = take("2i")
    at += 4 * mels * bins
    tokens = []
    for _ in range(take("i")[0]):
        (length,) = take("i")
        tokens.append(bytes(data[at : at + length]))
        at += length
    tensors = {}
    while at < len(data):
        dimensions, length, kind = take("3i")
        shape = tuple(reversed(take(f"{dimensions}i")))
        name = bytes(data[at : at + length]).decode()
        at += length
        if kind not in TYPES:
            sys.exit(f"error: tensor `{name}` has ggml's type {kind}; f32, f16, q5_0 and q8_0 can be read")
        block, numbers, reader = TYPES[kind]
        count = int(numpy.prod(shape))
        size = count // numbers * block
        tensors[name] = reader(data[at : at + size], count).reshape(shape)
        at += size
    return sizes, tokens, tensors


def linear(spec, tensors, name):
    spec.weight = tensors[name + ".weight"]
    spec.bias = tensors.get(name + ".bias", numpy.zeros(len(spec.weight), "f4"))


def norm(spec, tensors, name):
    spec.gamma, spec.beta = tensors[name + ".weight"], tensors[name + ".bias"]


def fused(spec, tensors, names):
    parts = [type(spec)() for _ in names]
    for part, name in zip(parts, names):
        linear(part, tensors, name)
    fuse_linear(spec, parts)


def layer(spec, tensors, name):
    attention = spec.self_attention
    norm(attention.layer_norm, tensors, name + ".attn_ln")
    fused(attention.linear[0], tensors, [f"{name}.attn.{part}" for part in ("query", "key", "value")])
    linear(attention.linear[1], tensors, name + ".attn.out")
    if hasattr(spec, "attention"):
        cross = spec.attention
        norm(cross.layer_norm, tensors, name + ".cross_attn_ln")
        linear(cross.linear[0], tensors, name + ".cross_attn.query")
        fused(cross.linear[1], tensors, [f"{name}.cross_attn.{part}" for part in ("key", "value")])
        linear(cross.linear[2], tensors, name + ".cross_attn.out")
    norm(spec.ffn.layer_norm, tensors, name + ".mlp_ln")
    linear(spec.ffn.linear_0, tensors, name + ".mlp.0")
    linear(spec.ffn.linear_1, tensors, name + ".mlp.2")


def model(sizes, tensors):
    _, _, _, heads, layers, _, _, decoder_heads, decoder_layers, _, _ = sizes
    spec = whisper_spec.WhisperSpec(layers, heads, decoder_layers, decoder_heads)
    encoder, decoder = spec.encoder, spec.decoder
    for number, conv in enumerate([encoder.conv1, encoder.conv2], start=1):
        conv.weight = tensors[f"encoder.conv{number}.weight"]
        conv.bias = tensors[f"encoder.conv{number}.bias"].reshape(-1)
    encoder.position_encodings.encodings = tensors["encoder.positional_embedding"]
    norm(encoder.layer_norm, tensors, "encoder.ln_post")
    decoder.embeddings.weight = tensors["decoder.token_embedding.weight"]
    decoder.projection.weight = decoder.embeddings.weight
    decoder.position_encodings.encodings = tensors["decoder.positional_embedding"]
    norm(decoder.layer_norm, tensors, "decoder.ln")
    for part, half in (("encoder", encoder), ("decoder", decoder)):
        for number, one in enumerate(half.layer):
            layer(one, tensors, f"{part}.blocks.{number}")
    return spec


def vocabulary(count, tokens):
    """Names of all tokens in the spelling of byte-level BPE, and the special ones among them."""
    letters = {byte: chr(byte) for byte in (*range(33, 127), *range(161, 173), *range(174, 256))}
    letters.update({byte: chr(256 + place) for place, byte in enumerate(b for b in range(256) if b not in letters)})
    names, seen = [], set()
    for place, token in enumerate(tokens):
        name = "".join(letters[byte] for byte in token)
        name = name if name and name not in seen else f"<empty {place}>"
        seen.add(name)
        names.append(name)
    # A byte that the vocabulary lacks would stop faster-whisper, which spells out marks that it may forbid.
    rest = iter(sorted(set(letters.values()) - seen))
    names = [next(rest, name) if name.startswith("<empty") else name for name in names]
    languages = FIRST_LANGUAGES + [f"language {place}" for place in range(count - WITHOUT_LANGUAGES - len(FIRST_LANGUAGES))]
    marks = ["endoftext", "startoftranscript", *languages, "translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    special = [f"<|{mark}|>" for mark in marks]
    special += [f"<|{place * 0.02:.2f}|>" for place in range(count - len(names) - len(special))]
    return names + special, special


def main():
    path, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    sizes, tokens, tensors = read(path)
    spec = model(sizes, tensors)
    names, special = vocabulary(sizes[0], tokens)
    spec.register_vocabulary(names)
    end = names.index("<|endoftext|>")
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [end]
    spec.config.lang_ids = list(range(end + 2, end + 2 + sizes[0] - WITHOUT_LANGUAGES))
    spec.config.alignment_heads = [[layer, head] for layer in range(sizes[8] // 2, sizes[8]) for head in range(sizes[7])]
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    words = Tokenizer(models.BPE(vocab={name: place for place, name in enumerate(names)}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    words.add_special_tokens([AddedToken(name, special=True) for name in special[: special.index("<|notimestamps|>") + 1]])
    words.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": sizes[9]}))
    print(f"{folder}: {len(tensors)} tensors for CTranslate2 {ctranslate2.__version__}")


main()
