//! The sum of a night, as text: what was met, what became of it, how fast that was.

use std::fmt::Write as _;

use crate::batch::night::NightSum;
use crate::report::language::Language;

/// The sum in a few lines, with a line feed at the end. It names no recording.
pub fn night(sum: &NightSum, lang: Language) -> String {
    let mut text = String::new();
    let mut line = |russian: &str, english: &str, count: u64| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<34}{count:>8}", lang.pick(russian, english));
    };
    line("записей найдено", "recordings found", sum.given);
    let parts = [
        ("  черновиков сделано", "  drafts made", sum.graded),
        ("  пропущено", "  skipped", sum.skipped),
        ("  не удалось", "  failed", sum.failed),
        ("  сделано раньше", "  done before", sum.done_before),
        ("  та же запись под другим именем", "  same bytes under another name", sum.same_bytes),
        ("  за другие дни", "  of other days", sum.other_day),
        ("  ещё пишутся", "  still being written", sum.young),
        ("  загружены не до конца", "  half uploaded", sum.incomplete),
        ("  исчезли", "  gone", sum.gone),
        ("  удалены из хранилища навсегда", "  forgotten on purpose", sum.forgotten),
        ("  до них не дошло", "  not reached", sum.not_reached()),
    ];
    for (russian, english, count) in parts {
        if 0 < count {
            line(russian, english, count);
        }
    }
    if !sum.reasons.is_empty() {
        let reasons: Vec<String> =
            sum.reasons.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let _ = writeln!(text, "{}: {}", lang.pick("причины", "reasons"), reasons.join(", "));
    }
    if 0 < sum.files_again {
        let said = lang.pick("файлов черновиков дописано", "files of drafts written again");
        let _ = writeln!(text, "{said}: {}", sum.files_again);
    }
    if 0 < sum.deaths {
        let said = lang.pick(
            "процесс распознавания перезапускался, раз",
            "times that the listening process was begun anew",
        );
        let _ = writeln!(text, "{said}: {}", sum.deaths);
    }
    for fault in &sum.folder_faults {
        let said = lang.pick("не удалось просмотреть", "cannot list");
        let _ = writeln!(text, "{said} `{}`: {}", fault.path, fault.cause);
    }
    let audio_h = sum.audio_ms as f64 / 3_600_000.0;
    let took_s = sum.took_ms as f64 / 1000.0;
    let times = sum.audio_ms as f64 / (sum.took_ms.max(1)) as f64;
    let _ = match lang {
        Language::Russian => writeln!(
            text,
            "{}",
            format!("звука {audio_h:.2} ч за {took_s:.1} с, в {times:.1} раза быстрее, чем звучит")
                .replace('.', ",")
        ),
        Language::English => writeln!(
            text,
            "{audio_h:.2} h of audio in {took_s:.1} s, {times:.1} times as fast as it sounds"
        ),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_tells_what_there_is_and_nothing_else() {
        let sum = NightSum {
            given: 5,
            graded: 3,
            failed: 1,
            young: 1,
            reasons: [("crashed", 1)].into(),
            audio_ms: 7_200_000,
            took_ms: 60_000,
            ..NightSum::default()
        };
        let english = night(&sum, Language::English);
        assert_eq!(
            english,
            "recordings found                         5\n  drafts made                            3\n  failed                                 1\n  still being written                    1\nreasons: crashed 1\n2.00 h of audio in 60.0 s, 120.0 times as fast as it sounds\n"
        );
        let russian = night(&sum, Language::Russian);
        assert!(
            russian.contains("в 120,0 раза быстрее") && !russian.contains("исчезли"),
            "{russian}"
        );
    }
}
