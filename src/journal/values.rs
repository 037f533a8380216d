//! What stands in a column: times, durations, outcomes, parties.

use crate::call::{ClockError, LocalTime, Moment, Number, Zone};
use crate::journal::{CallOutcome, DropReason};

/// Longest call or wait that is believed, in milliseconds: four weeks.
const LONGEST_MS: i64 = 28 * 24 * 3_600_000;

/// A time as exchanges write it: `2026-03-14 10:15:00`, `14.03.2026 10:15`, RFC 3339, or seconds since 1970 (also in
/// thousandths and millionths). What can be the fourth of March or the third of April is refused.
pub(super) fn moment(text: &str, zone: &Zone) -> Result<Moment, DropReason> {
    let text = text.trim();
    if let Some(ms) = epoch_ms(text) {
        return zone.at(ms).ok_or(DropReason::ImpossibleTime);
    }
    if let Some(moment) = Moment::parse(text) {
        // Of the same years as any other.
        return zone.at(moment.ms).map(|_| moment).ok_or(DropReason::ImpossibleTime);
    }
    let time = local(text).ok_or(DropReason::NoStart)?;
    zone.moment(time).map_err(|error| match error {
        ClockError::Impossible => DropReason::ImpossibleTime,
        ClockError::Skipped | ClockError::Twice => DropReason::AmbiguousTime,
    })
}

/// Whether a text looks like a time.
pub(super) fn is_moment(text: &str) -> bool {
    let text = text.trim();
    epoch_ms(text).is_some() || Moment::parse(text).is_some() || local(text).is_some()
}

fn epoch_ms(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|b| b.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => text,
    };
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = whole.parse().ok()?;
    match whole.len() {
        9 | 10 => Some(value * 1000),
        12 | 13 => Some(value),
        15 | 16 => Some(value / 1000),
        _ => None,
    }
}

fn local(text: &str) -> Option<LocalTime> {
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, time.trim()),
        None => (text, ""),
    };
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '-' | '.' | '/') {
        return None;
    }
    let parts: Vec<&str> = date.split(separator).collect();
    let [first, middle, last] = parts.as_slice() else { return None };
    let number = |text: &str, most: usize| -> Option<i16> {
        let is_short = (1..=most).contains(&text.len());
        (is_short && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (year, month, day) = match (first.len(), last.len(), separator) {
        (4, _, _) => (number(first, 4)?, number(middle, 2)?, number(last, 2)?),
        // With a slash the month may stand in front.
        (_, 4, '.' | '-') => (number(last, 4)?, number(middle, 2)?, number(first, 2)?),
        (_, 2, '.') => (2000 + number(last, 2)?, number(middle, 2)?, number(first, 2)?),
        _ => return None,
    };
    let mut result = LocalTime {
        year,
        month: i8::try_from(month).ok()?,
        day: i8::try_from(day).ok()?,
        ..LocalTime::default()
    };
    if time.is_empty() {
        // A day is no time of a call.
        return None;
    }
    let (time, part) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let mut numbers = [0_i16; 3];
    let mut count = 0;
    for text in time.split(':') {
        *numbers.get_mut(count)? = number(text, 2)?;
        count += 1;
    }
    if count < 2 {
        return None;
    }
    result.hour = i8::try_from(numbers[0]).ok()?;
    result.minute = i8::try_from(numbers[1]).ok()?;
    result.second = i8::try_from(numbers[2]).ok()?;
    if !part.is_empty() {
        if !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let thousandths: String = part.chars().chain("00".chars()).take(3).collect();
        result.millisecond = thousandths.parse().ok()?;
    }
    Some(result)
}

/// A duration in milliseconds: seconds (also with a fraction), `mm:ss` or `hh:mm:ss`. `None` for an empty column.
pub(super) fn duration_ms(text: &str) -> Result<Option<i64>, DropReason> {
    let text = text.trim();
    if text.is_empty() || text == "-" || text == "—" {
        return Ok(None);
    }
    let parts: Vec<&str> = text.split(':').collect();
    if 3 < parts.len() {
        return Err(DropReason::BadDuration);
    }
    let mut ms: i64 = 0;
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let (whole, fraction) = part.split_once(['.', ',']).unwrap_or((part, ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || 9 < whole.len() || !is_number(whole) || !is_number(fraction) {
            return Err(DropReason::BadDuration);
        }
        if !is_last && !fraction.is_empty() {
            return Err(DropReason::BadDuration);
        }
        let value: i64 = whole.parse().map_err(|_| DropReason::BadDuration)?;
        ms = ms * 60 + value * 1000;
        if !fraction.is_empty() {
            let thousandths: String = fraction.chars().chain("00".chars()).take(3).collect();
            ms += thousandths.parse::<i64>().map_err(|_| DropReason::BadDuration)?;
        }
    }
    if (0..=LONGEST_MS).contains(&ms) { Ok(Some(ms)) } else { Err(DropReason::BadDuration) }
}

/// Whether two instants can be the beginning and the end of one call.
pub(super) fn span_ms(from_ms: i64, to_ms: i64) -> Result<i64, DropReason> {
    let ms = to_ms - from_ms;
    if (0..=LONGEST_MS).contains(&ms) { Ok(ms) } else { Err(DropReason::BadDuration) }
}

/// How a call ended, by the word of an exchange; `None` for words that leave it open.
pub(super) fn outcome(word: &str) -> Option<CallOutcome> {
    let word = word.trim().to_lowercase().replace(['_', '-'], " ");
    Some(match word.as_str() {
        "answered"
        | "answer"
        | "success"
        | "successful"
        | "connected"
        | "ok"
        | "отвечен"
        | "отвеченный"
        | "принят"
        | "принятый"
        | "принятые"
        | "успешный"
        | "успешно"
        | "разговор"
        | "состоялся" => CallOutcome::Answered,
        "no answer"
        | "noanswer"
        | "missed"
        | "lost"
        | "abandoned"
        | "cancel"
        | "cancelled"
        | "originator cancel"
        | "no user response"
        | "пропущен"
        | "пропущенный"
        | "пропущенные"
        | "неотвеченный"
        | "не отвечен"
        | "нет ответа"
        | "потерянный"
        | "не принят"
        | "непринятый" => CallOutcome::Missed,
        "busy" | "user busy" | "занят" | "занято" => CallOutcome::Busy,
        "failed"
        | "failure"
        | "congestion"
        | "chanunavail"
        | "error"
        | "call rejected"
        | "unallocated number"
        | "no route destination"
        | "normal temporary failure"
        | "user not registered"
        | "ошибка"
        | "недоступен" => CallOutcome::Failed,
        _ => return None,
    })
}

/// A number out of whatever an exchange writes: `"Ivan" <201>`, `Ext.201`, `sip:201@host`.
pub(super) fn number(text: &str) -> Option<Number> {
    let text = match text.rsplit_once('<') {
        Some((_, inside)) => inside.trim_end_matches('>'),
        None => text,
    };
    let text = text.trim();
    let text = text.strip_prefix("Ext.").unwrap_or(text);
    let text = match text.split_once(':') {
        Some(("sip" | "sips" | "tel", rest)) => rest.split('@').next().unwrap_or(rest),
        _ => text,
    };
    Number::parse(text)
}

/// The extension in the name of a channel: `SIP/201-0000001a`, `PJSIP/201-…`, `Local/201@from-queue-…;2`.
pub(super) fn extension_of_channel(channel: &str) -> Option<String> {
    let (_, peer) = channel.split_once('/')?;
    let peer = peer.split('@').next().unwrap_or(peer);
    let peer = peer.rsplit_once('-').map_or(peer, |(peer, _)| peer);
    match Number::parse(peer) {
        Some(Number::Inside(extension)) => Some(extension),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_exchanges_are_read() {
        let zone = Zone::named("Europe/Moscow").unwrap();
        for text in [
            "2026-03-14 10:15:00",
            "2026/03/14 10:15:00",
            "2026-03-14T10:15:00+03:00",
            "14.03.2026 10:15",
            "14-03-2026 10:15:00",
            "14.03.26 10:15:00",
            "1773472500",
            "1773472500000",
            "1773472500000000",
        ] {
            assert_eq!(moment(text, &zone).unwrap().ms, 1_773_472_500_000, "{text}");
        }
        assert_eq!(moment("2026-03-14 10:15:00.250", &zone).unwrap().ms, 1_773_472_500_250);
    }

    #[test]
    fn times_that_cannot_be_are_told() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        for (text, reason) in [
            ("", DropReason::NoStart),
            ("03/04/2026 10:15", DropReason::NoStart),
            ("2026-03-14", DropReason::NoStart),
            ("yesterday", DropReason::NoStart),
            ("0000-00-00 00:00:00", DropReason::ImpossibleTime),
            ("2026-13-01 10:00:00", DropReason::ImpossibleTime),
            ("2026-02-30 10:00:00", DropReason::ImpossibleTime),
            ("0001-01-01 00:00:00", DropReason::ImpossibleTime),
            ("9999999999", DropReason::ImpossibleTime),
            ("2026-03-29 02:30:00", DropReason::AmbiguousTime),
        ] {
            assert_eq!(moment(text, &zone), Err(reason), "{text}");
        }
    }

    #[test]
    fn durations_are_seconds_or_clocks() {
        for (text, ms) in
            [("0", 0), ("75", 75_000), ("1:15", 75_000), ("00:01:15.5", 75_500), ("2.25", 2250)]
        {
            assert_eq!(duration_ms(text), Ok(Some(ms)), "{text}");
        }
        assert_eq!(duration_ms(""), Ok(None));
        for text in ["-5", "1:-5", "five", "99999999", "1:2:3:4", "999999999999999999999"] {
            assert_eq!(duration_ms(text), Err(DropReason::BadDuration), "{text}");
        }
    }

    #[test]
    fn extensions_and_numbers_are_taken_out_of_their_wrapping() {
        assert_eq!(extension_of_channel("PJSIP/201-0000001a").as_deref(), Some("201"));
        assert_eq!(extension_of_channel("Local/202@from-queue-0001;2").as_deref(), Some("202"));
        assert_eq!(extension_of_channel("SIP/trunk-beeline-0000001b"), None);
        assert_eq!(number("\"Anna\" <201>"), Some(Number::Inside("201".into())));
        assert_eq!(number("Ext.101"), Some(Number::Inside("101".into())));
        assert_eq!(number("sip:201@10.0.0.1"), Some(Number::Inside("201".into())));
        assert_eq!(number("IVR main"), None);
    }
}
