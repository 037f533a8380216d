"""Writes a checkpoint as a whisper.cpp model file.

    export.py CHECKPOINT TOKENIZER OUT [--type q5_0|q8_0|f16] [--raw]

Layout: magic, eleven sizes, mel filters, text tokens, tensors, as whisper.cpp reads them. The text vocabulary is our own; the
special tokens and timestamps stand at the official ids of a multilingual model, and the rows between are zero. The block
formats q8_0 and q5_0 are ggml's reference quantization, computed here with the same rounding. By default the averaged
weights are written, `--raw` takes those of the last step.
"""

import argparse
import struct

import numpy as np
import torch
from tokenizers import Tokenizer

from features import FILTERS
from model import FIRST_TIMESTAMP, OFFICIAL, OFFICIAL_VOCABULARY, TIMESTAMPS, Ids

# name: (ggml's type of a matrix, the header's number for the file, with quantization format version 2)
TYPES = {"f16": (1, 1), "q8_0": (8, 2007), "q5_0": (6, 2008)}
KEPT_F32 = ("encoder.positional_embedding", "decoder.positional_embedding")


def q8_0(x):
    """Blocks of 32: half-precision scale, 32 signed bytes."""
    x = x.astype(np.float32).reshape(-1, 32)
    scale = np.abs(x).max(1, keepdims=True) / np.float32(127)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = x * inverse
    rounded = (np.sign(scaled) * np.floor(np.abs(scaled) + np.float32(0.5))).astype(np.int8)
    return np.concatenate([scale.astype("<f2").view(np.uint8), rounded.view(np.uint8)], axis=1).tobytes()


def q5_0(x):
    """Blocks of 32: half-precision scale, 32 fifth bits, 16 bytes of two low halves."""
    x = x.astype(np.float32).reshape(-1, 32)
    extreme = np.take_along_axis(x, np.abs(x).argmax(1)[:, None], 1)
    scale = extreme / np.float32(-16)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    code = np.minimum(31, (x * inverse + np.float32(16.5)).astype(np.int8)).astype(np.uint32)
    low = ((code[:, :16] & 15) | ((code[:, 16:] & 15) << 4)).astype(np.uint8)
    high = ((code >> 4) << np.arange(32, dtype=np.uint32)).sum(1, dtype=np.uint32).astype("<u4")
    return np.concatenate([scale.astype("<f2").view(np.uint8), high[:, None].view(np.uint8), low], axis=1).tobytes()


def byte_of():
    """Byte-level BPE's printable stand-ins back to bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in plain}
    table.update({chr(256 + k): b for k, b in enumerate(b for b in range(256) if b not in plain)})
    return table


def export(weights, tokenizer, out, kind):
    """`weights`: state of model.Whisper with compact ids; `out`: a path."""
    ids = Ids(tokenizer.get_vocab_size())
    compact = weights["decoder.token_embedding.weight"].float()
    width = compact.shape[1]
    embedding = torch.zeros(OFFICIAL_VOCABULARY, width)
    embedding[: ids.texts] = compact[: ids.texts]
    for name, official in OFFICIAL.items():
        embedding[official] = compact[getattr(ids, name)]
    embedding[FIRST_TIMESTAMP: FIRST_TIMESTAMP + TIMESTAMPS] = compact[ids.timestamp: ids.timestamp + TIMESTAMPS]
    tensors = {name: value for name, value in weights.items() if not name.startswith("ctc")}
    tensors["decoder.token_embedding.weight"] = embedding
    layers = [len({name.split(".")[2] for name in tensors if name.startswith(f"{part}.blocks")}) for part in ("encoder", "decoder")]
    heads, bytes_of = width // 64, byte_of()
    matrix_type, file_type = TYPES[kind]
    with open(out, "wb") as file:
        file.write(struct.pack("<12i", 0x67676D6C, OFFICIAL_VOCABULARY, 1500, width, heads, layers[0], 448, width, heads, layers[1], 80, file_type))
        file.write(struct.pack("<2i", *FILTERS.shape) + FILTERS.astype("<f4").tobytes())
        file.write(struct.pack("<i", OFFICIAL["eot"]))
        for k in range(OFFICIAL["eot"]):
            token = bytes(bytes_of[c] for c in tokenizer.id_to_token(k)) if k < ids.texts else b""
            file.write(struct.pack("<i", len(token)) + token)
        for name, value in tensors.items():
            value = value.float().numpy()
            if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
                value, kept = value.reshape(-1, 1), True
            else:
                kept = value.ndim < 2 or name in KEPT_F32
            if kept:
                number, data = 0, value.astype("<f4").tobytes()
            elif value.ndim == 2 and matrix_type != 1:
                number, data = matrix_type, (q5_0 if kind == "q5_0" else q8_0)(value)
            else:
                number, data = 1, value.astype("<f2").tobytes()
            file.write(struct.pack("<3i", value.ndim, len(name), number))
            file.write(struct.pack(f"<{value.ndim}i", *reversed(value.shape)) + name.encode() + data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("tokenizer")
    parser.add_argument("out")
    parser.add_argument("--type", choices=TYPES, default="q5_0")
    parser.add_argument("--raw", action="store_true")
    options = parser.parse_args()
    saved = torch.load(options.checkpoint, map_location="cpu")
    export(saved["model" if options.raw else "average"], Tokenizer.from_file(options.tokenizer), options.out, options.type)


if __name__ == "__main__":
    main()
