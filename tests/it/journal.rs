//! `autograde journal` from outside: imported, imported again, shown, explained, refused.

use std::fmt::Write as _;

use crate::workspace::{Run, Workspace};

const CONFIG: &str = "timezone = \"Europe/Moscow\"\nlang = \"en\"\n[[manager]]\nname = \"Анна Королёва\"\n\
    extensions = [\"201\"]\n[[journal]]\nname = \"ats\"\ntimezone = \"+05:00\"\n[journal.columns]\nstart = \"когда\"\nclient = 2\n\
    extension = 3\ntalking = 4\n";

const CDR: &str = "calldate,src,dst,channel,dstchannel,lastapp,duration,billsec,disposition,uniqueid,did,recordingfile,linkedid\n\
    2026-03-14 10:15:00,89161234567,600,SIP/t-1,Local/202@q-1;1,Queue,30,0,NO ANSWER,1773472500.42,74950000000,,1773472500.42\n\
    2026-03-14 10:15:20,89161234567,201,Local/201@q-2;2,SIP/201-3,Dial,70,60,ANSWERED,1773472520.45,,,1773472500.42\n\
    2026-03-14 11:00:00,89261234567,s,SIP/t-1,,BackGround,25,25,ANSWERED,1773475200.50,74950000000,,1773475200.50\n\
    2026-03-15 12:00:00,201,89361234567,SIP/201-9,SIP/t-2,Dial,12,0,BUSY,1773565200.60,,,1773565200.60\n\
    2026-02-30 12:00:00,201,89361234567,SIP/201-9,SIP/t-2,Dial,12,0,BUSY,1773565200.61,,,1773565200.61\n";

fn place() -> Workspace {
    let place = Workspace::new();
    place.write("autograde.toml", CONFIG);
    place.write("cdr.csv", CDR);
    place
}

#[track_caller]
fn says(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stdout.contains(part), "{:?} lacks {part:?}", run.stdout);
    }
}

#[test]
fn importing_twice_changes_nothing() {
    let place = place();
    let run = place.run(["journal", "import", "cdr.csv"]).ends_with(0);
    says(
        &run,
        &[
            "format freepbx, rows 5, calls 3",
            "new 3, changed 0, already known 0",
            "no such date or time: 1",
        ],
    );
    let run = place.run(["journal", "import", "cdr.csv"]).ends_with(0);
    says(&run, &["new 0, changed 0, already known 3"]);
    // The exchange corrected a call: it takes the place of the earlier one.
    place.write("cdr.csv", CDR.replace(",70,60,ANSWERED", ",80,70,ANSWERED"));
    let run = place.run(["journal", "import", "cdr.csv"]).ends_with(0);
    says(&run, &["new 0, changed 1, already known 2"]);
}

#[test]
fn a_day_is_shown_with_who_waited_and_who_let_it_ring() {
    let place = place();
    place.run(["journal", "import", "cdr.csv"]).ends_with(0);
    let run = place.run(["journal", "show", "--date", "2026-03-14"]).ends_with(0);
    says(
        &run,
        &[
            "10:15:00",
            "+79161234567",
            "0:30",
            "1:00",
            "Анна Королёва",
            "(rang: 202)",
            "inbound 2 (missed 1), outbound 0",
        ],
    );
    let run =
        place.run(["journal", "show", "--client", "8 936 123-45-67", "--lang", "ru"]).ends_with(0);
    says(
        &run,
        &["2026-03-15 12:00:00", "занято", "звонков 1: входящих 0 (без ответа 0), исходящих 1"],
    );
}

#[test]
fn explain_tells_what_was_recognized_and_stores_nothing() {
    let place = place();
    let run = place.run(["journal", "import", "cdr.csv", "--explain"]).ends_with(0);
    says(
        &run,
        &[
            "recognized: by the names of the columns",
            "1 «calldate» = start",
            "6: no such date or time: 2026-02-30",
        ],
    );
    assert!(!run.stdout.contains("already known"), "{}", run.stdout);
    place.run(["journal", "show"]).ends_with(2);
}

#[test]
fn a_firms_own_table_is_read_by_its_columns_and_its_zone() {
    let place = place();
    place.write("own.csv", "когда;абонент;доб;сек\n14.03.2026 10:15:00;89161234567;201;60\n");
    let run = place.run(["journal", "import", "own.csv"]).ends_with(0);
    says(&run, &["format ats, rows 1, calls 1"]);
    says(&place.run(["journal", "show"]), &["2026-03-14 10:15:00", "Анна Королёва"]);
    let run = place.run(["journal", "import", "own.csv", "--tz", "Moscow"]).ends_with(2);
    assert!(run.stderr.contains("`Moscow` is no time zone"), "{}", run.stderr);
    let run = place.run(["journal", "import", "own.csv", "--format", "avaya"]).ends_with(2);
    assert!(
        run.stderr.contains("`avaya` is no format of a journal; there are asterisk"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_excel_calls_unicode_text_is_read_like_utf_8() {
    let place = place();
    place.run(["journal", "import", "cdr.csv"]).ends_with(0);
    let shown = place.run(["journal", "show"]).ends_with(0).stdout;
    // The same calls under the names that a person gives to columns, with tabs, in both orders of bytes, and with no mark.
    let text = "Дата и время\tКто звонил\tКому\n14.03.2026 10:15:00\t89161234567\t201\n";
    let units: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    place.write("plain.txt", text);
    place.write("little.txt", &little);
    place.write("big.txt", &big);
    place.write("unmarked.txt", &little[2..]);
    let plain = place.run(["journal", "import", "plain.txt"]).ends_with(0);
    says(&plain, &["new 1, changed 0"]);
    for name in ["little.txt", "big.txt"] {
        says(&place.run(["journal", "import", name]).ends_with(0), &["already known 1"]);
    }
    let run = place.run(["journal", "import", "unmarked.txt"]).ends_with(1);
    assert!(run.stderr.contains("is no text: there is a byte 0"), "{}", run.stderr);
    // A whole export of the exchange.
    let cdr: Vec<u8> =
        "\u{feff}".encode_utf16().chain(CDR.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let again = Workspace::new();
    again.write("autograde.toml", CONFIG);
    again.write("cdr.csv", cdr);
    again.run(["journal", "import", "cdr.csv"]).ends_with(0);
    assert_eq!(again.run(["journal", "show"]).ends_with(0).stdout, shown);
}

#[test]
fn a_bad_file_is_told_and_the_good_ones_are_taken() {
    let place = place();
    place.write("empty.csv", "");
    place.write("binary.csv", b"\x7fELF\0\0\0");
    place.write("wide.csv", ",".repeat(1_000_000));
    place.write("other.csv", "name,price\ntea,5\n");
    let run = place
        .run([
            "journal",
            "import",
            "empty.csv",
            "binary.csv",
            "wide.csv",
            "other.csv",
            "none.csv",
            "cdr.csv",
        ])
        .ends_with(1);
    for part in [
        "`empty.csv` is empty",
        "`binary.csv` is no text: there is a byte 0 at 4",
        "`wide.csv` is of no known format",
        "`other.csv` is of no known format: its first row has 2 columns, `name,price`",
        "`none.csv` cannot be read",
    ] {
        assert!(run.stderr.contains(part), "{:?} lacks {part:?}", run.stderr);
    }
    says(&run, &["new 3"]);
}

#[test]
fn a_large_file_is_streamed() {
    let place = place();
    let mut text = CDR.lines().next().unwrap().to_owned() + "\n";
    for number in 0..120_000 {
        let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
        let day = 1 + number / 86_400;
        writeln!(
            text,
            "2026-03-{day:02} {hour:02}:{minute:02}:{second:02},8916{:07},201,SIP/t-1,SIP/201-3,Dial,70,60,ANSWERED,{number}.1,,,{number}.1",
            number % 10_000_000
        )
        .unwrap();
    }
    place.write("large.csv", text);
    let run = place.run(["journal", "import", "large.csv", "--explain"]).ends_with(0);
    says(&run, &["rows 120000, calls 120000"]);
}
