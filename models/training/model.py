"""The Whisper architecture, with the module names of the original so that the tensor names of the file format come out right,
and a letter (CTC) head on the encoder that is used in training only.
"""

import math

import torch
from torch import nn
from torch.nn import functional

# Official ids by name, and the compact ids used in training: text 0 .. n-1, then these, then 1501 timestamps.
OFFICIAL = {"eot": 50257, "sot": 50258, "ru": 50263, "transcribe": 50359, "nospeech": 50362, "notimestamps": 50363}
OFFICIAL_VOCABULARY, FIRST_TIMESTAMP, TIMESTAMPS = 51865, 50364, 1501
LETTERS = " абвгдежзийклмнопрстуфхцчшщъыьэюя"


class Ids:
    """Compact token ids for a text vocabulary of `texts` tokens."""

    def __init__(self, texts):
        self.texts = texts
        self.eot, self.sot, self.ru, self.transcribe, self.nospeech, self.notimestamps = range(texts, texts + 6)
        self.timestamp = texts + 6
        self.size = self.timestamp + TIMESTAMPS
        # Rows of the official vocabulary that this model leaves at zero: each has logit 0 and so weighs in every softmax.
        self.log_unused = math.log(OFFICIAL_VOCABULARY - self.size)


def sinusoids(length, channels):
    """Whisper's fixed encoder positions."""
    inverse = torch.exp(-math.log(10000) / (channels // 2 - 1) * torch.arange(channels // 2))
    angle = torch.arange(length)[:, None] * inverse[None]
    return torch.cat([angle.sin(), angle.cos()], 1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x, source=None, causal=False):
        source = x if source is None else source

        def split(t):
            return t.view(t.shape[0], t.shape[1], self.heads, -1).transpose(1, 2)

        # The fused kernel is what makes long windows affordable on a CPU.
        mixed = functional.scaled_dot_product_attention(split(self.query(x)), split(self.key(source)), split(self.value(source)), is_causal=causal)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def weights(self, x, source, count):
        """Where the first `count` heads look: (batch, count, positions of x, positions of source)."""
        size = self.query.weight.shape[0] // self.heads
        rows = count * size
        query = functional.linear(x, self.query.weight[:rows], self.query.bias[:rows]).unflatten(-1, (count, size)).transpose(1, 2)
        key = functional.linear(source, self.key.weight[:rows]).unflatten(-1, (count, size)).transpose(1, 2)
        return (query @ key.mT * size ** -0.5).float().softmax(-1)


class Block(nn.Module):
    def __init__(self, width, heads, cross=False):
        super().__init__()
        self.attn, self.attn_ln = Attention(width, heads), nn.LayerNorm(width)
        self.cross_attn = Attention(width, heads) if cross else None
        self.cross_attn_ln = nn.LayerNorm(width) if cross else None
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.mlp_ln = nn.LayerNorm(width)

    def forward(self, x, source=None, looks=None):
        x = x + self.attn(self.attn_ln(x), causal=source is not None)
        if source is not None:
            asking = self.cross_attn_ln(x)
            if looks is not None:
                looks.append(self.cross_attn.weights(asking, source, 2))
            x = x + self.cross_attn(asking, source)
        return x + self.mlp(self.mlp_ln(x))


class Encoder(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.conv1 = nn.Conv1d(80, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positional_embedding", sinusoids(1500, width))
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.ln_post = nn.LayerNorm(width)

    def forward(self, mel):
        """(batch, frames, 80) -> (batch, frames / 2, width)"""
        x = functional.gelu(self.conv1(mel.transpose(1, 2)))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.positional_embedding[: x.shape[1]].to(x.dtype)
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x)


class Decoder(nn.Module):
    def __init__(self, vocabulary, width, heads, layers):
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.token_embedding.weight, std=0.05)
        self.positional_embedding = nn.Parameter(torch.randn(448, width) * 0.01)
        self.blocks = nn.ModuleList([Block(width, heads, cross=True) for _ in range(layers)])
        self.ln = nn.LayerNorm(width)

    def forward(self, tokens, source, looks=None):
        """`looks`: a list that receives where two heads of every layer but the first look."""
        x = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        for number, block in enumerate(self.blocks):
            x = block(x, source, looks if number else None)
        return self.ln(x)


class Whisper(nn.Module):
    def __init__(self, vocabulary, width=256, heads=4, encoder_layers=4, decoder_layers=3):
        super().__init__()
        self.encoder = Encoder(width, heads, encoder_layers)
        self.decoder = Decoder(vocabulary, width, heads, decoder_layers)
        self.ctc = nn.Linear(width, len(LETTERS) + 1)

    def logits(self, hidden):
        return hidden.float() @ self.decoder.token_embedding.weight.T
