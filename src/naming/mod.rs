//! What the name of a recording tells: patterns that a person can write, and ready ones for the usual exchanges.
//!
//! [`Names::read`] is pure: a path in, facts out. A name that fits no pattern, or fits one in two ways, tells nothing; an
//! impossible date fits nothing. Which patterns hold for which recordings, and what journal and sidecar add, is decided
//! elsewhere; a sidecar's text is read in [`sidecar`].

mod field;
mod pattern;
mod ready;
pub mod sidecar;

use crate::call::{CallInfo, LocalTime, Moment, Number, Roster, Way, Zone};

use field::Value;
pub use pattern::{NamePattern, PatternError};
pub use ready::{READY, Ready};

/// How far a name's clock and its unique id may be apart before the time zone is doubted, in seconds.
const ZONE_DOUBT_S: i64 = 30 * 60;

/// How close to whole half hours such a difference lies where the zone is wrong, in seconds.
const ZONE_SLACK_S: i64 = 120;

/// Patterns, in the order in which they are tried: the first that fits holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    patterns: Vec<NamePattern>,
    /// Whether a name that fits none is worth a warning: somebody said which patterns there are.
    is_asked_for: bool,
}

/// What came of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// What follows from it; `Some` minutes where the time zone seems wrong by that much.
    Facts(Box<CallInfo>, Option<i64>),
    /// It fits a pattern in two ways, so that nothing is taken from it.
    Ambiguous,
    /// It fits none.
    Nothing,
}

impl Names {
    /// Patterns that somebody asked for, as the configuration writes them: a pattern, or the name of ready ones.
    ///
    /// # Errors
    ///
    /// For the first that is neither.
    pub fn asked(written: &[String]) -> Result<Self, PatternError> {
        let mut patterns = Vec::new();
        for text in written {
            if text.contains('{') {
                patterns.push(text.parse()?);
                continue;
            }
            let ready = READY.iter().find(|ready| ready.name == text).ok_or_else(|| {
                PatternError::NoReady { name: text.clone(), known: ready::names() }
            })?;
            for text in ready.patterns {
                patterns.push(text.parse()?);
            }
        }
        Ok(Self { patterns, is_asked_for: true })
    }

    /// Those that hold where nobody says anything: shapes that are fixed by the exchange and mistaken for nothing else.
    pub fn automatic() -> Self {
        let ready = READY.iter().filter(|ready| ready.is_certain);
        // A test reads every ready pattern; one that cannot be read is left out here.
        let patterns = ready.flat_map(|ready| ready.patterns).filter_map(|text| text.parse().ok());
        Self { patterns: patterns.collect(), is_asked_for: false }
    }

    /// Whether a name that tells nothing is worth a warning.
    pub fn is_asked_for(&self) -> bool {
        self.is_asked_for && !self.patterns.is_empty()
    }

    /// Reads the name of a recording: a path with `/` between its parts; `zone` is that of the clock in the name.
    pub fn read(&self, path: &str, zone: &Zone, roster: &Roster) -> Told {
        for pattern in &self.patterns {
            let mut readings = pattern.readings(path);
            match (readings.pop(), readings.is_empty()) {
                (None, _) => {}
                (Some(values), true) => return facts(&values, zone, roster),
                (Some(_), false) => return Told::Ambiguous,
            }
        }
        Told::Nothing
    }
}

/// What the fields of a name mean together.
fn facts(values: &[Value], zone: &Zone, roster: &Roster) -> Told {
    let mut clock = Clock::default();
    let (mut from, mut to) = (None, None);
    let (mut client, mut extension, mut said_manager) = (None, None, None);
    let (mut way, mut unique_id, mut through_queue) = (None, None, false);
    for value in values {
        match value {
            Value::Date(year, month, day) => {
                (clock.year, clock.month, clock.day) = (Some(*year), Some(*month), Some(*day));
            }
            Value::Time(hour, minute, second) => {
                (clock.hour, clock.minute, clock.second) = (Some(*hour), Some(*minute), *second);
            }
            Value::Year(year) => clock.year = Some(*year),
            Value::Month(month) => clock.month = Some(*month),
            Value::Day(day) => clock.day = Some(*day),
            Value::Hour(hour) => clock.hour = Some(*hour),
            Value::Minute(minute) => clock.minute = Some(*minute),
            Value::Second(second) => clock.second = *second,
            Value::Epoch(ms) => clock.epoch_ms = Some(*ms),
            Value::Caller(text) => from = Number::parse(text),
            Value::Callee(text) => to = Number::parse(text),
            Value::Client(text) => client = Number::parse(text),
            Value::Extension(text) => extension = Some(text.clone()),
            Value::Manager(text) => said_manager = Some(text.clone()),
            Value::Type(word) => {
                way = Way::parse(word);
                through_queue = field::is_queue(word);
            }
            Value::UniqueId(text) => unique_id = Some(text.clone()),
        }
    }
    if through_queue {
        // The number of the queue, not of whoever took the call.
        to = to.filter(|number| !matches!(number, Number::Inside(_)));
    }
    let mut sides = roster.sides(from.as_ref(), to.as_ref(), way);
    if let Some(number) = &client {
        sides.client = number.as_str().map(str::to_owned);
    }
    sides.extension = extension.or(sides.extension);
    let by_extension = sides.extension.as_deref().and_then(|text| roster.by_extension(text));
    let manager = match (&said_manager, by_extension) {
        (Some(name), _) => Some(roster.by_name(name).or(by_extension).unwrap_or(name).to_owned()),
        (None, Some(name)) => Some(name.to_owned()),
        (None, None) => sides.extension.clone(),
    };
    let (started, zone_doubt) = clock.started(zone, unique_id.as_deref());
    let info = CallInfo {
        started_at: started.map(|moment| moment.to_string()),
        direction: sides.way.and_then(Way::direction),
        manager,
        client: sides.client,
        extension: sides.extension,
        unique_id,
        ..CallInfo::default()
    };
    Told::Facts(Box::new(info), zone_doubt)
}

/// The parts of a date and a time that a name has.
#[derive(Default)]
struct Clock {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: Option<i8>,
    minute: Option<i8>,
    second: Option<i8>,
    epoch_ms: Option<i64>,
}

impl Clock {
    /// When the call began, and by how many minutes the zone seems wrong.
    ///
    /// The id that Asterisk gives a call begins with its second since 1970: where the name's clock is apart from it by whole
    /// half hours, the zone is wrong, and the id is right. Where they differ otherwise, nobody can tell which is right.
    fn started(&self, zone: &Zone, unique_id: Option<&str>) -> (Option<Moment>, Option<i64>) {
        let born_ms = unique_id.and_then(field::asterisk_second).map(|second| second * 1000);
        if let Some(epoch_ms) = self.epoch_ms {
            return (zone.at(epoch_ms), None);
        }
        let (Some(year), Some(month), Some(day)) = (self.year, self.month, self.day) else {
            // A date without its year is none.
            let is_silent = self.year.is_none() && self.month.is_none() && self.day.is_none();
            return (born_ms.filter(|_| is_silent).and_then(|ms| zone.at(ms)), None);
        };
        let (Some(hour), Some(minute)) = (self.hour, self.minute) else { return (None, None) };
        let second = self.second.unwrap_or(0);
        let time = LocalTime { year, month, day, hour, minute, second, ..LocalTime::default() };
        let shown = zone.moment(time).ok();
        let (Some(shown), Some(born_ms)) = (shown, born_ms) else { return (shown, None) };
        let apart_s = (shown.ms - born_ms) / 1000;
        if apart_s.abs() < ZONE_DOUBT_S {
            return (Some(shown), None);
        }
        let beyond_s = apart_s.rem_euclid(ZONE_DOUBT_S);
        if beyond_s.min(ZONE_DOUBT_S - beyond_s) <= ZONE_SLACK_S && apart_s.abs() <= 26 * 3600 {
            return (zone.at(born_ms), Some(apart_s / 60));
        }
        // A long wait before the recording began is no contradiction; a clock before the call is.
        if (0..12 * 3600).contains(&apart_s) { (Some(shown), None) } else { (None, None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Direction, Manager};

    fn roster() -> Roster {
        let anna = Manager {
            name: "Анна Королёва".into(),
            extensions: vec!["201".into()],
            aliases: vec!["koroleva".into()],
        };
        Roster::new(vec![anna], &["74950000000".into()]).unwrap()
    }

    fn read(patterns: &[&str], path: &str) -> Told {
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        let zone = Zone::named("Europe/Moscow").unwrap();
        Names::asked(&patterns).unwrap().read(path, &zone, &roster())
    }

    /// `start|direction|manager|client|extension|unique id`, with `-` for what is not known.
    fn line(told: &Told) -> String {
        match told {
            Told::Facts(info, _) => {
                let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
                format!(
                    "{}|{}|{}|{}|{}|{}",
                    text(&info.started_at),
                    info.direction.map_or("-", Direction::as_str),
                    text(&info.manager),
                    text(&info.client),
                    text(&info.extension),
                    text(&info.unique_id)
                )
            }
            Told::Ambiguous => "ambiguous".into(),
            Told::Nothing => "nothing".into(),
        }
    }

    #[track_caller]
    fn check(pattern: &str, cases: &[(&str, &str)]) {
        for (path, expected) in cases {
            assert_eq!(line(&read(&[pattern], path)), *expected, "{path}");
        }
    }

    #[test]
    fn freepbx_names_tell_who_called_whom() {
        check(
            "freepbx",
            &[
                (
                    "2026/03/14/out-89161234567-201-20260314-101500-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|out|Анна Королёва|+79161234567|201|1773472500.42",
                ),
                (
                    "external-201-89161234567-20260314-101500-1773472500.42.WAV",
                    "2026-03-14T10:15:00+03:00|in|Анна Королёва|+79161234567|201|1773472500.42",
                ),
                (
                    "in-74950000000-9161234567-20260314-101500-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|in|-|+79161234567|-|1773472500.42",
                ),
                // The queue's number is nobody's extension.
                (
                    "q-600-79161234567-20260314-101500-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|in|-|+79161234567|-|1773472500.42",
                ),
                (
                    "q-600-unknown-20260314-101500-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|in|-|-|-|1773472500.42",
                ),
                (
                    "internal-202-201-20260314-101500-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|-|Анна Королёва|-|201|1773472500.42",
                ),
                (
                    "force-89161234567-3201-20260314-101500-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|out|3201|+79161234567|3201|1773472500.42",
                ),
                ("out-89161234567-201-20261314-101500-1773472500.42.wav", "nothing"),
                ("out-89161234567-201-20260314-251500-1773472500.42.wav", "nothing"),
                ("lunch-89161234567-201-20260314-101500-1773472500.42.wav", "nothing"),
            ],
        );
    }

    #[test]
    fn other_exchanges_have_their_own_shapes() {
        check(
            "3cx",
            &[
                (
                    "[Королева Анна]_201-89161234567_20260314101500(123).wav",
                    "2026-03-14T10:15:00+03:00|out|Анна Королёва|+79161234567|201|-",
                ),
                (
                    "[Ильин, Пётр]_89161234567-202_20260314101500(4).wav",
                    "2026-03-14T10:15:00+03:00|in|Ильин, Пётр|+79161234567|202|-",
                ),
            ],
        );
        check(
            "freeswitch",
            &[
                (
                    "2026-03-14-10-15-00_201_79161234567.mp3",
                    "2026-03-14T10:15:00+03:00|in|Анна Королёва|+79161234567|201|-",
                ),
                (
                    "0f8fad5b-d9cb-469f-a165-70867728950e.wav",
                    "-|-|-|-|-|0f8fad5b-d9cb-469f-a165-70867728950e",
                ),
            ],
        );
        check(
            "issabel",
            &[(
                "OUT201-20260314-101500-1773472500.9.wav",
                "2026-03-14T10:15:00+03:00|out|Анна Королёва|-|201|1773472500.9",
            )],
        );
        check(
            "mixmonitor",
            &[
                ("1773472500.42.wav", "2026-03-14T10:15:00+03:00|-|-|-|-|1773472500.42"),
                (
                    "20260314-101500-89161234567-201-1773472500.42.wav",
                    "2026-03-14T10:15:00+03:00|in|Анна Королёва|+79161234567|201|1773472500.42",
                ),
                (
                    "20260314-101500-201-89161234567.gsm",
                    "2026-03-14T10:15:00+03:00|out|Анна Королёва|+79161234567|201|-",
                ),
            ],
        );
        check(
            "mango",
            &[(
                "2026-03-14__10-15-00__79161234567__74950000000.mp3",
                "2026-03-14T10:15:00+03:00|in|-|+79161234567|-|-",
            )],
        );
        check(
            "uis",
            &[(
                "2026-03-14_10-15-00_79161234567_201_1234567890.mp3",
                "2026-03-14T10:15:00+03:00|in|Анна Королёва|+79161234567|201|1234567890",
            )],
        );
    }

    #[test]
    fn a_firm_writes_its_own_patterns() {
        check(
            "{date}/{direction}/{manager}_{client}_{time:hhmm}",
            &[
                ("archive/14.03.2026/исх/koroleva_8-916-123-45-67_1015.mp3", "nothing"),
                (
                    "archive/14.03.2026/исх/koroleva_89161234567_1015.mp3",
                    "2026-03-14T10:15:00+03:00|out|Анна Королёва|+79161234567|-|-",
                ),
            ],
        );
        check(
            "{any}-{epoch}-{extension}",
            &[("x-1773472500-201.wav", "2026-03-14T10:15:00+03:00|-|Анна Королёва|-|201|-")],
        );
        check("{date:DDMMYY}_{client}", &[("140326_79161234567.wav", "-|-|-|+79161234567|-|-")]);
        check(
            "{year}/{month}/{day}/{hour}-{minute}_{client}",
            &[(
                "2026/Mar/14/10-15_+375291234567.wav",
                "2026-03-14T10:15:00+03:00|-|-|+375291234567|-|-",
            )],
        );
    }

    #[test]
    fn a_name_that_can_be_read_in_two_ways_tells_nothing() {
        check("{client}{extension}", &[("79161234567201.wav", "ambiguous")]);
    }

    #[test]
    fn a_wrong_zone_is_noticed_by_the_second_in_the_id() {
        let told = |name: &str| match read(&["freepbx"], name) {
            Told::Facts(info, doubt) => (info.started_at.clone(), doubt),
            other => panic!("{other:?}"),
        };
        // The clock of the name was in UTC.
        let (started, doubt) = told("out-89161234567-201-20260314-071503-1773472500.42.wav");
        assert_eq!((started.as_deref(), doubt), (Some("2026-03-14T10:15:00+03:00"), Some(-179)));
        // Seven minutes in a queue are no contradiction, another day is.
        let (started, doubt) = told("q-600-89161234567-20260314-102200-1773472500.42.wav");
        assert_eq!((started.as_deref(), doubt), (Some("2026-03-14T10:22:00+03:00"), None));
        assert_eq!(told("q-600-89161234567-20250101-102200-1773472500.42.wav"), (None, None));
    }

    #[test]
    fn patterns_that_nobody_asked_for_take_no_ordinary_name() {
        let names = Names::automatic();
        let zone = Zone::named("UTC").unwrap();
        for name in
            ["call.wav", "01-okna-zamer.wav", "2026-03-14.wav", "20260314.wav", "1234.5.wav"]
        {
            assert_eq!(names.read(name, &zone, &roster()), Told::Nothing, "{name}");
        }
        let told =
            names.read("out-89161234567-201-20260314-101500-1773483300.42.wav", &zone, &roster());
        assert!(matches!(told, Told::Facts(_, None)), "{told:?}");
    }

    #[test]
    fn every_ready_pattern_is_one_and_is_told_apart_from_a_wrong_one() {
        for ready in READY {
            assert!(Names::asked(&[ready.name.to_owned()]).is_ok(), "{}", ready.name);
        }
        let error = Names::asked(&["freepbq".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`freepbq`") && error.contains("freepbx"), "{error}");
    }
}
