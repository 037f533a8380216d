#!/usr/bin/env python3
"""Makes the calls that recognition is measured on: stereo, two voices taking turns, with pauses, as a telephone exchange records.

8 kHz, low-passed, rounded to A-law's steps (kept as 16-bit numbers, which everybody reads), a faint noise of the line on both channels. The same calls on every machine with the same espeak-ng: nothing is drawn by chance. They speak our own sentences, and
the words are written beside each call (`NAME.left.txt`, `NAME.right.txt`). Only the standard library and espeak-ng are needed.

    benches/calls.py DIR MINUTES
"""

import array
import functools
import io
import math
import operator
import pathlib
import random
import subprocess
import sys
import wave

MANAGER = """добрый день меня зовут ольга я звоню по поводу вашего заказа
подскажите пожалуйста вам удобно сейчас говорить
какие размеры у вашего окна и на каком этаже вы живёте
мы можем прислать мастера в четверг после обеда
замер бесплатный и ни к чему вас не обязывает
в стоимость входит доставка и установка под ключ
если оформить договор на этой неделе скидка будет десять процентов
давайте я запишу ваш адрес и телефон
я понимаю что вопрос цены для вас важен
перезвоню вам завтра утром и всё уточню
спасибо за разговор хорошего вам дня
наша гарантия на все работы составляет пять лет
скажите для кого выбираете и когда хотели бы поставить
сколько человек живёт в квартире и есть ли дети
мастер приедет с образцами и покажет все цвета
правильно я понимаю что вам нужна угловая кухня
у нас своё производство поэтому срок всего две недели
можно разделить оплату на полгода без переплаты
а с кем вы обычно советуетесь по таким вопросам
что именно вас смущает цена или сроки
давайте посмотрим что можно убрать чтобы было дешевле
я отправлю вам расчёт на почту сегодня до вечера
запишите пожалуйста номер вашего договора
извините за ожидание я уточнила на складе
доставка в субботу с десяти до двух вас устроит
хорошо тогда я передам заявку в отдел монтажа
за час до приезда мастер вам обязательно позвонит
вы видели наши работы на сайте
какой у вас потолок обычный или натяжной
договорились в среду в шесть вечера ждём вас в салоне""".split("\n")
CLIENT = """да здравствуйте я вас слушаю
мне хотелось бы сначала узнать сколько это стоит
у нас две комнаты и большая кухня с балконом
нет спасибо мне надо посоветоваться с мужем
это дороже чем я думал
в четверг я работаю лучше в субботу
хорошо запишите улица садовая дом восемь
а долго ли ждать после оплаты
мы уже смотрели в другой фирме там дешевле
ладно давайте попробуем
скажите а рассрочка у вас есть
всего доброго до свидания
нам нужен шкаф в прихожую примерно два метра
мы только недавно переехали и ещё ничего не решили
я вам вчера звонила мне никто не ответил
а если цвет не подойдёт можно будет поменять
мне сейчас неудобно я за рулём
пришлите лучше на почту я посмотрю
нет нам такое не нужно
да двое детей и собака поэтому нужен прочный диван
сколько лет гарантии вы даёте
а кто будет убирать старые окна
я подумаю и сама вам перезвоню
тогда давайте на среду вечером
откуда у вас мой номер
этаж четвёртый лифт работает
хорошо я поняла спасибо вам большое
а наличными мастеру можно заплатить
мне обещали привезти ещё на прошлой неделе
это окончательная цена или будут доплаты""".split("\n")
CALL_S = 300
PAUSES_S = [0.6, 1.4, 0.9, 3.0, 0.7, 2.1, 1.1]
# Voices that the demo model knows: programs are compared here, with the same weights, and no model is judged.
VOICES = ["f2", "m1", "m3", "f4", "m7"]
RATE_HZ = 8000
NOISE_S = 7
NOISE_RMS = 30  # of 32768: -61 dB, under a quiet voice and over A-law's first step
TAPS = 48


def alaw_steps():
    """For each 16-bit number (as an index from -32768 up) the one that A-law makes of it."""
    steps = []
    for value in range(-32768, 32768):
        size = min(abs(value), 32767)
        step = 16 if size < 512 else 1 << (size.bit_length() - 5)
        rounded = size // step * step + step // 2
        steps.append(rounded if value >= 0 else -rounded)
    return array.array("h", steps)


@functools.cache
def filters(rate):
    """One low-pass filter (3.4 kHz, Blackman) for each fraction of an input sample that an output sample falls on."""
    common = math.gcd(rate, RATE_HZ)
    cutoff = 2 * 3400 / rate
    banks = []
    for phase in range(RATE_HZ // common):
        shift = phase * rate / RATE_HZ % 1
        taps = []
        for tap in range(TAPS):
            at = tap - TAPS // 2 + 1 - shift
            angle = math.pi * cutoff * at
            window = 0.42 + 0.5 * math.cos(2 * math.pi * at / TAPS) + 0.08 * math.cos(4 * math.pi * at / TAPS)
            taps.append(cutoff * (math.sin(angle) / angle if angle else 1) * max(window, 0))
        banks.append(taps)
    return banks


@functools.cache
def spoken(voice, text, speed):
    """The sentence at 8 kHz."""
    sound = subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text], check=True, capture_output=True).stdout
    # The length in the header of a piped WAV is a dummy, so the samples are taken to the end.
    with wave.open(io.BytesIO(sound)) as reader:
        rate = reader.getframerate()
    samples = [0] * (TAPS // 2 - 1) + list(array.array("h", sound[44 : len(sound) - (len(sound) - 44) % 2])) + [0] * TAPS
    banks = filters(rate)
    narrow = array.array("h")
    for place in range((len(samples) - TAPS - TAPS // 2) * RATE_HZ // rate):
        first = place * rate // RATE_HZ
        value = sum(map(operator.mul, samples[first : first + TAPS], banks[place % len(banks)]))
        narrow.append(max(-32768, min(32767, round(value))))
    return narrow


def main():
    where, minutes = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    where.mkdir(parents=True, exist_ok=True)
    for old in where.glob("call-*"):
        old.unlink()
    steps = alaw_steps()
    draw = random.Random(1)
    noise = array.array("h", (round(draw.gauss(0, NOISE_RMS)) for _ in range(NOISE_S * RATE_HZ)))
    step = 0
    for call in range(max(1, minutes * 60 // CALL_S)):
        voices = [f"ru+{VOICES[(call + 2 * side) % len(VOICES)]}" for side in (0, 1)]
        sides, words = [array.array("h"), array.array("h")], [[], []]
        turn = 0
        while len(sides[0]) < CALL_S * RATE_HZ:
            side = turn % 2
            texts = (MANAGER, CLIENT)[side]
            text = texts[(turn // 2 * 7 + call * 11) % len(texts)]
            sound = spoken(voices[side], text, 140 + 10 * ((step + turn) % 4))
            rest = array.array("h", bytes(2 * int(PAUSES_S[step % len(PAUSES_S)] * RATE_HZ)))
            sides[side].extend(sound + rest)
            sides[1 - side].extend(array.array("h", bytes(2 * (len(sound) + len(rest)))))
            words[side].append(text)
            turn, step = turn + 1, step + 1
        length = len(sides[0])
        both = array.array("h", bytes(4 * length))
        for side, samples in enumerate(sides):
            hiss = (noise[1000 * side :] + noise * (length // len(noise) + 1))[:length]
            both[side::2] = array.array("h", (steps[min(max(a + b, -32768), 32767) + 32768] for a, b in zip(samples, hiss)))
        with wave.open(str(where / f"call-{call:02}.wav"), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(both.tobytes())
        for name, text in zip(("left", "right"), words):
            (where / f"call-{call:02}.{name}.txt").write_text(" ".join(text) + "\n", encoding="utf-8")


main()
