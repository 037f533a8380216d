//! Which call of the journal a recording is of.
//!
//! By the exchange's id, else by the name of the recording as the exchange wrote it down, else by number and time. Of two
//! calls that fit neither is taken: a wrong manager is worse than none.

/// How far the recording's beginning may lie outside the call, in milliseconds: clocks differ, and names are made early.
pub const TOLERANCE_MS: i64 = 30_000;

/// What is known of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The exchange's id, from its name.
    pub unique_id: Option<&'a str>,
    /// Its file name.
    pub file_name: &'a str,
    /// The client's number, normalized.
    pub client: Option<&'a str>,
    /// The manager's extension.
    pub extension: Option<&'a str>,
    /// When it began, in milliseconds since 1970.
    pub started_ms: Option<i64>,
}

/// A call that it may be of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// All ids of the call.
    pub ids: Vec<String>,
    /// The name of its recording.
    pub recording: Option<String>,
    /// The client's number, normalized.
    pub client: Option<String>,
    /// The manager's extension.
    pub extension: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// When the last word was said.
    pub ended_ms: i64,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// The candidate with this place, and how.
    One(usize, How),
    /// So many that fit equally well.
    Several(u32),
}

/// By what a call was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The exchange's id.
    Id,
    /// The name of the recording.
    Name,
    /// Number and time.
    NumberAndTime,
}

/// Whether a call fits.
type Fits<'a> = &'a dyn Fn(&Candidate) -> bool;

/// The call that a recording is of.
pub fn find(wanted: &Wanted<'_>, candidates: &[Candidate]) -> Found {
    let by_id = |call: &Candidate| {
        wanted.unique_id.is_some_and(|id| call.ids.iter().any(|known| known == id))
    };
    let by_name = |call: &Candidate| {
        let name = call.recording.as_deref().filter(|name| !name.is_empty());
        name.is_some_and(|name| stem(name) == stem(wanted.file_name))
    };
    let by_time = |call: &Candidate| {
        let (Some(client), Some(started_ms)) = (wanted.client, wanted.started_ms) else {
            return false;
        };
        let until_ms = call.ended_ms.max(call.started_ms) + TOLERANCE_MS;
        let is_other = match (wanted.extension, call.extension.as_deref()) {
            (Some(wanted), Some(known)) => wanted != known,
            _ => false,
        };
        call.client.as_deref() == Some(client)
            && (call.started_ms - TOLERANCE_MS..=until_ms).contains(&started_ms)
            && !is_other
    };
    let ways: [(How, Fits<'_>); 3] =
        [(How::Id, &by_id), (How::Name, &by_name), (How::NumberAndTime, &by_time)];
    for (how, fits) in ways {
        let fitting: Vec<usize> =
            (0..candidates.len()).filter(|at| fits(&candidates[*at])).collect();
        let Some(first) = fitting.first() else { continue };
        // The same call in two journals (the exchange's own and its queues') is one.
        let is_same = |at: &usize| {
            let (a, b) = (&candidates[*first], &candidates[*at]);
            a.ids.iter().any(|id| b.ids.contains(id))
        };
        if !fitting.iter().all(is_same) {
            return Found::Several(u32::try_from(fitting.len()).unwrap_or(u32::MAX));
        }
        let best = fitting.iter().find(|at| candidates[**at].extension.is_some());
        return Found::One(*best.unwrap_or(first), how);
    }
    Found::Nothing
}

/// A name without its folder and its ending: recordings are converted after the exchange wrote their names down.
pub fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && !ending.bytes().all(|b| b.is_ascii_digit()) => {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str, client: &str, extension: Option<&str>, started_ms: i64) -> Candidate {
        Candidate {
            ids: vec![id.into()],
            recording: Some(format!("{id}.wav")),
            client: Some(client.into()),
            extension: extension.map(Into::into),
            started_ms,
            ended_ms: started_ms + 60_000,
        }
    }

    fn wanted<'a>(id: Option<&'a str>, name: &'a str, started_ms: Option<i64>) -> Wanted<'a> {
        Wanted { unique_id: id, file_name: name, client: Some("+7"), extension: None, started_ms }
    }

    #[test]
    fn the_id_goes_before_the_name_and_the_name_before_the_time() {
        let calls = [call("a.1", "+7", None, 0), call("b.2", "+7", None, 10_000_000)];
        assert_eq!(find(&wanted(Some("b.2"), "a.1.mp3", Some(0)), &calls), Found::One(1, How::Id));
        assert_eq!(find(&wanted(Some("x"), "b.2.mp3", Some(0)), &calls), Found::One(1, How::Name));
        let by_time = find(&wanted(None, "x.wav", Some(5_000)), &calls);
        assert_eq!(by_time, Found::One(0, How::NumberAndTime));
        assert_eq!(find(&wanted(None, "x.wav", Some(200_000)), &calls), Found::Nothing);
        assert_eq!(find(&wanted(None, "x.wav", None), &calls), Found::Nothing);
    }

    #[test]
    fn two_that_fit_are_none_unless_the_extension_decides() {
        let calls = [call("a", "+7", Some("201"), 0), call("b", "+7", Some("202"), 10_000)];
        let mut wanted = wanted(None, "x.wav", Some(5_000));
        assert_eq!(find(&wanted, &calls), Found::Several(2));
        wanted.extension = Some("202");
        assert_eq!(find(&wanted, &calls), Found::One(1, How::NumberAndTime));
    }

    #[test]
    fn one_call_in_two_journals_is_one() {
        let calls = [call("a", "+7", None, 0), call("a", "+7", Some("201"), 500)];
        assert_eq!(find(&wanted(Some("a"), "x", None), &calls), Found::One(1, How::Id));
    }
}
