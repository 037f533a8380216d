"""Trains the demo model for a given time, on a GPU where there is one and else on the CPU.

    train.py DATA OUT --hours 1.5 [--device cuda|cpu] [--resume] [--steps N]

The learning rate follows the clock and not the step, since machines differ and are shared: it rises for two minutes (or a
fiftieth of the time, where that is less), holds, and falls over the last two fifths, so that the run ends settled whenever it ends. First the encoder alone learns letters
(CTC) on short windows; the decoder joins when letters are known well enough for its attention to have something to lock on.

Writes OUT/tokenizer.json, OUT/checkpoint.pt (everything needed to go on) and OUT/log.txt.
"""

import argparse
import os
import pathlib
import signal
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
# numpy in the worker that makes windows: one thread, or it spins against the training.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
from torch.nn import functional

from model import Ids, Whisper
from tokenizers import Tokenizer
from windows import Shards, Windows, train_tokenizer

VOCABULARY = 1200
CTC_WEIGHT, CTC_WEIGHT_LATE = 1.0, 0.5
# Letters are known well enough for the decoder to start at this CTC loss per letter.
DECODER_FROM = 1.1
# The decoder's heads are shown where each token is said until they find it themselves; production windows from this
# attention loss, or from this share of the time, on.
GUIDANCE, NEAR = 0.4, 12.0
LONG_FROM_LOSS, LONG_FROM = 1.5, 0.45
SMOOTHING = 0.02
EMA = 0.998
# By device: seconds of audio in a step, steps between looks at the losses (each look waits for a GPU), steps between lines of the log.
BUDGET, LOOK_EVERY, SAY_EVERY = {"cpu": 80, "cuda": 480}, {"cpu": 1, "cuda": 10}, {"cpu": 50, "cuda": 250}


class Muon(torch.optim.Optimizer):
    """Momentum whose matrix-shaped step is made orthogonal (five Newton-Schulz steps), scaled to the size of an Adam step.

    Chosen for a small budget of steps; it has not been measured against AdamW on this model.
    """

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.02):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            for p in parameters:
                if "momentum" not in self.state[p]:
                    self.state[p]["momentum"] = torch.zeros_like(p)
            gradients, momenta = [p.grad for p in parameters], [self.state[p]["momentum"] for p in parameters]
            torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
            shapes = {}
            for p, update in zip(parameters, torch._foreach_lerp(gradients, momenta, group["momentum"])):
                shapes.setdefault(p.shape, []).append((p, update))
            for shape, same in shapes.items():
                x = torch.stack([update for _, update in same]).bfloat16()
                tall = shape[0] > shape[1]
                x = x.mT if tall else x
                x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
                for _ in range(5):
                    a = x @ x.mT
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
                x = (x.mT if tall else x).float() * (0.2 * max(shape) ** 0.5)
                weights = [p for p, _ in same]
                torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(weights, list(x.unbind()), alpha=-group["lr"])


def optimizers(model, kind):
    fused = next(model.parameters()).is_cuda
    matrices, rest = [], []
    for name, p in model.named_parameters():
        (matrices if p.ndim == 2 and ".blocks." in name else rest).append(p)
    if kind == "adamw":
        return [torch.optim.AdamW(matrices + rest, lr=1.2e-3, betas=(0.9, 0.98), weight_decay=0.02, fused=fused)]
    return [Muon(matrices, lr=2e-3), torch.optim.AdamW(rest, lr=1.5e-3, betas=(0.9, 0.98), weight_decay=0.01, fused=fused)]


def rate(elapsed, hours):
    """Share of the peak learning rate at this time."""
    share, rise = elapsed / (hours * 3600), min(120, 0.02 * hours * 3600)
    if elapsed < rise:
        return max(0.03, elapsed / rise)
    return 1.0 if share < 0.6 else max(0.01, (1 - share) / 0.4)


def losses(model, ids, batch, with_decoder, device):
    """(attention loss, CTC loss per letter, how far two heads of the later layers look from where the word is)

    Nothing here waits for a GPU: what depends on the data (lengths, places) comes ready from the worker, `counts` on the CPU.
    """
    counts = batch[4]
    mel, tokens, wanted, letters, on_device, times, asked, timed = (part.to(device, non_blocking=True) for part in batch)
    looks = []
    with torch.autocast(device, torch.bfloat16):
        heard = model.encoder(mel)
        letter_logits = model.ctc(heard)
        hidden = model.decoder(tokens, heard, looks) if with_decoder else None
    scores = letter_logits.float().log_softmax(-1).transpose(0, 1)
    lengths = torch.full((len(mel),), heard.shape[1])
    each = functional.ctc_loss(scores, letters, lengths, counts, reduction="none", zero_infinity=True)
    empty = on_device == 0
    ctc = each.masked_fill(empty, 0).sum() / max(1, int(counts.sum())) + 0.05 * each.masked_fill(~empty, 0).sum() / heard.shape[1]
    if not with_decoder:
        return None, ctc, None
    logits = model.logits(hidden.flatten(0, 1).index_select(0, asked))
    normalizer = torch.logaddexp(logits.logsumexp(-1), logits.new_full((), ids.log_unused))
    hit = logits.gather(-1, wanted.flatten()[asked][:, None])[:, 0]
    loss = normalizer - (1 - SMOOTHING) * hit - SMOOTHING * logits.mean(-1)
    near = torch.exp(-0.5 * ((torch.arange(heard.shape[1], device=device) - times[..., None]) / NEAR) ** 2)
    inside = torch.stack([(look * near[:, None]).sum(-1).mean(1) for look in looks]).flatten(1).index_select(1, timed)
    return loss.mean(), ctc, -(inside + 1e-3).log().mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--hours", type=float, default=1.5)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--restart-clock", action="store_true", help="with --resume: a fresh schedule of --hours from the saved weights")
    parser.add_argument("--steps", type=int, default=10**9)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--budget", type=float, help=f"seconds of audio in a step; by device: {BUDGET}")
    parser.add_argument("--workers", type=int, help="processes that make windows; 1 on a CPU, with a GPU all cores but two")
    parser.add_argument("--save-every", type=float, default=240, help="seconds between checkpoints")
    parser.add_argument("--peak", type=float, default=1.0, help="share of the usual peak of the learning rate, for going on from a finished run")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--optimizer", choices=["muon", "adamw"], default="muon")
    parser.add_argument("--stage", type=int, default=0, help="stage to start with")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    device, cuda = options.device, options.device == "cuda"
    budget = options.budget or BUDGET[device]
    workers = options.workers or (max(1, (os.cpu_count() or 1) - 2) if cuda else 1)
    if cuda:
        torch.set_float32_matmul_precision("high")

    tokenizer_path = options.out / "tokenizer.json"
    if not tokenizer_path.exists():
        sentences = [str(t) for path in sorted(pathlib.Path(options.data).glob("*.npz")) for t in np.load(path)["texts"]]
        train_tokenizer(sentences, VOCABULARY).save(str(tokenizer_path))
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    ids = Ids(tokenizer.get_vocab_size())
    model = Whisper(ids.size).to(device)
    average = Whisper(ids.size).to(device)
    average.load_state_dict(model.state_dict())
    optimizer = optimizers(model, options.optimizer)
    step, elapsed, stage, letters_known = 0, 0.0, options.stage, 9.0
    checkpoint = options.out / "checkpoint.pt"
    if options.resume:
        saved = torch.load(checkpoint, map_location=device)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        for one, state in zip(optimizer, saved["optimizer"]):
            one.load_state_dict(state)
        step, elapsed, stage, letters_known = saved["step"], saved["elapsed"], saved["stage"], saved["letters_known"]
        if options.restart_clock:
            elapsed, stage = 0.0, options.stage or stage
    peaks = [group["lr"] for one in optimizer for group in one.param_groups]
    if options.resume:
        peaks = saved["peaks"]
    followed = [(p, a) for p, a in zip(model.state_dict().values(), average.state_dict().values()) if p.is_floating_point()]
    weights, averages = [p for p, _ in followed], [a for _, a in followed]

    log = open(options.out / "log.txt", "a", encoding="utf8")

    def say(text):
        print(text, flush=True)
        log.write(text + "\n")
        log.flush()

    def save():
        part = checkpoint.with_suffix(".part")
        torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimizer": [one.state_dict() for one in optimizer], "step": step,
                    "elapsed": elapsed, "stage": stage, "letters_known": letters_known, "peaks": peaks, "texts": ids.texts}, part)
        part.rename(checkpoint)

    shared_stage = torch.tensor(stage).share_memory_()
    data = Windows(Shards(options.data, tokenizer), budget, shared_stage, options.seed + step)
    batches = iter(torch.utils.data.DataLoader(data, batch_size=None, num_workers=workers, prefetch_factor=4, pin_memory=cuda))
    say(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {ids.size} rows, {torch.cuda.get_device_name() if cuda else f'{torch.get_num_threads()} threads'}, "
        f"{workers} workers, {budget:.0f} s a step, {sum(data.shards.counts)} utterances, stage {stage}, step {step}")

    began, last_save, shown = time.time() - elapsed, time.time(), time.time()
    # CTC, attention, guidance: sums since the last line of the log, and the first two smoothed; read only now and then.
    sums, smooth = torch.zeros(3, device=device), torch.tensor([letters_known, 9.0], device=device)
    unlocked, since, audio = 9.0, 0, 0.0
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    for batch in batches:
        elapsed = time.time() - began
        if elapsed > options.hours * 3600 or step >= options.steps or stopping:
            break
        factor = options.peak * rate(elapsed, options.hours)
        for group, peak in zip((g for one in optimizer for g in one.param_groups), peaks):
            group["lr"] = peak * factor
        attention, ctc, apart = losses(model, ids, batch, stage > 0, device)
        weight = CTC_WEIGHT if stage == 0 else CTC_WEIGHT_LATE
        loss = ctc if attention is None else attention + weight * ctc + GUIDANCE * min(1.0, 2 * factor) * apart
        for one in optimizer:
            one.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for one in optimizer:
            one.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, weights, 1 - min(EMA, 0.9 + step / 5000))
            known = torch.stack([ctc] if attention is None else [ctc, attention, apart]).detach()
            sums[: len(known)] += known
            smooth[: len(known[:2])].lerp_(known[:2], 0.02)
        step, since, audio = step + 1, since + 1, audio + batch[0].shape[0] * batch[0].shape[1] / 100
        if step % LOOK_EVERY[device] == 0:
            letters_known, unlocked = smooth.tolist()
        if stage == 0 and (letters_known < DECODER_FROM or elapsed > 0.35 * options.hours * 3600):
            stage = 1
            shared_stage.fill_(1)
            say(f"step {step}: letters known, the decoder joins")
        if stage == 1 and (unlocked < LONG_FROM_LOSS or elapsed > LONG_FROM * options.hours * 3600):
            stage = 2
            shared_stage.fill_(2)
            say(f"step {step}: windows as in production")
        if step % SAY_EVERY[device] == 0:
            ctc, attention, apart = (sums / since).tolist()
            taken = time.time() - shown
            say(f"step {step} {elapsed:.0f} s stage {stage} lr {factor:.2f} ctc {ctc:.3f} attention {attention:.3f} apart {apart:.2f} {taken / since:.3f} s/step, {audio / taken:.0f} s of audio/s")
            sums.zero_()
            since, audio, shown = 0, 0.0, time.time()
        if time.time() - last_save > options.save_every:
            save()
            last_save = time.time()
    save()
    say(f"ended at step {step}, {elapsed:.0f} s")


if __name__ == "__main__":
    main()
