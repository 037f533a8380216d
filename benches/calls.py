#!/usr/bin/env python3
"""Makes the calls that recognition is measured on: stereo, two voices taking turns, with pauses.

The same calls on every machine with the same espeak-ng: nothing is drawn by chance. They speak our own sentences, and the
words are written beside each call (`NAME.left.txt`, `NAME.right.txt`). Only the standard library and espeak-ng are needed.

    benches/calls.py DIR MINUTES
"""

import array
import io
import pathlib
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
наша гарантия на все работы составляет пять лет""".split("\n")
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
всего доброго до свидания""".split("\n")
CALL_S = 300
PAUSES_S = [0.6, 1.4, 0.9, 3.0, 0.7, 2.1, 1.1]


def spoken(voice, text, speed):
    sound = subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text], check=True, capture_output=True).stdout
    # The length in the header of a piped WAV is a dummy, so the samples are taken to the end.
    with wave.open(io.BytesIO(sound)) as reader:
        rate = reader.getframerate()
    return rate, array.array("h", sound[44 : len(sound) - (len(sound) - 44) % 2])


def main():
    where, minutes = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    where.mkdir(parents=True, exist_ok=True)
    for old in where.glob("call-*"):
        old.unlink()
    step = 0
    for call in range(max(1, minutes * 60 // CALL_S)):
        voices = [f"ru+{'fm'[call % 2]}{call % 3 + 1}", f"ru+{'mf'[call % 2]}{call % 2 + 2}"]
        sides, words = [array.array("h"), array.array("h")], [[], []]
        rate, turn = 0, 0
        while rate == 0 or len(sides[0]) < CALL_S * rate:
            side = turn % 2
            text = (MANAGER, CLIENT)[side][(step * 5 + turn) % 12]
            rate, sound = spoken(voices[side], text, 140 + 10 * ((step + turn) % 4))
            rest = array.array("h", bytes(2 * int(PAUSES_S[step % len(PAUSES_S)] * rate)))
            sides[side].extend(sound + rest)
            sides[1 - side].extend(array.array("h", bytes(2 * (len(sound) + len(rest)))))
            words[side].append(text)
            turn, step = turn + 1, step + 1
        both = array.array("h", bytes(4 * len(sides[0])))
        both[0::2], both[1::2] = sides
        with wave.open(str(where / f"call-{call:02}.wav"), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(both.tobytes())
        for name, text in zip(("left", "right"), words):
            (where / f"call-{call:02}.{name}.txt").write_text(" ".join(text) + "\n", encoding="utf-8")


main()
