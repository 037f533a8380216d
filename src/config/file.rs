//! `autograde.toml` as it is written: everything optional, unknown keys refused, every fault told at once.
//!
//! serde stops at the first fault. To find the next one, the lines of the last are blanked (which keeps the numbers of
//! all others) and the file is read again; it is small, so that costs nothing. What the settings mean together with
//! flags and environment is decided in [`super`].

mod calls;

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;

use serde::Deserialize;

use crate::config::nightly::NightlyConfig;
pub use calls::{JournalConfig, ManagersConfig, NamesConfig, NumbersConfig, ZoneConfig};

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct FileConfig {
    /// A model's name or path.
    pub model: Option<String>,
    /// A rulebook: a folder or a file. Relative to the file's own folder.
    pub rules: Option<PathBuf>,
    /// The report's language.
    pub lang: Option<LangName>,
    /// Recordings worked on at the same time.
    pub jobs: Option<NonZeroUsize>,
    /// Where the manager is.
    pub manager_channel: Option<ChannelSetting>,
    /// The data folder. Relative to the file's own folder.
    pub data: Option<PathBuf>,
    /// The zone of the clocks in names and journals, where a source has no other.
    pub timezone: Option<ZoneConfig>,
    /// Patterns for names, where a source has no others.
    pub names: Option<NamesConfig>,
    /// The firm's public numbers.
    pub own_numbers: NumbersConfig,
    /// Voice activity.
    pub vad: VadConfig,
    /// Where results are stored.
    pub store: StoreConfig,
    /// How long they are kept.
    pub retention: RetentionConfig,
    /// The night.
    pub nightly: NightlyConfig,
    /// Names that only this firm has.
    pub firm: FirmConfig,
    /// Recordings of one origin and what is known of them.
    pub source: Vec<SourceConfig>,
    /// Who works here.
    pub manager: ManagersConfig,
    /// Formats of journals that are the firm's own.
    pub journal: Vec<JournalConfig>,
}

/// The table `[vad]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct VadConfig {
    /// A Silero model in whisper.cpp's format. Relative to the file's own folder.
    pub model: Option<PathBuf>,
}

/// The table `[store]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StoreConfig {
    /// A path (relative to the file's own folder) or a URL of PostgreSQL.
    pub url: Option<String>,
}

/// The table `[retention]`: days; what is not said is kept for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RetentionConfig {
    /// Transcripts.
    pub transcripts: Option<u32>,
    /// Drafts that nobody confirmed.
    pub drafts: Option<u32>,
    /// Confirmed scorecards.
    pub confirmations: Option<u32>,
    /// The journal.
    pub journal: Option<u32>,
    /// Runs and attempts.
    pub runs: Option<u32>,
}

/// The table `[firm]`: what `{company}`, `{own_name}` and `{product}` stand for in rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct FirmConfig {
    /// What the firm is called; several spellings are several entries.
    pub companies: Vec<FirmName>,
    /// Who works there.
    pub managers: Vec<FirmName>,
    /// What it sells.
    pub products: Vec<FirmName>,
}

/// A name that people say: it holds a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FirmName(String);

impl FirmName {
    /// As it is written in the file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FirmName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains(char::is_alphanumeric) {
            Ok(Self(text))
        } else {
            Err(format!("the name `{text}` holds no letter; write it as people say it"))
        }
    }
}

/// One table `[[source]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceConfig {
    /// Which recordings: a glob against the end of their path.
    pub files: PathPattern,
    /// Which way these calls went.
    #[serde(default)]
    pub direction: Option<DirectionName>,
    /// Where the manager is in these recordings.
    #[serde(default)]
    pub manager_channel: Option<ChannelSetting>,
    /// Which file of a pair is the manager's.
    #[serde(default)]
    pub pair_manager: Option<PairHalf>,
    /// Patterns for their names.
    #[serde(default)]
    pub names: Option<NamesConfig>,
    /// The zone of the clock in their names.
    #[serde(default)]
    pub timezone: Option<ZoneConfig>,
}

/// `"left"`, or one side for each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "\"left\", \"right\" or { in = \"left\" or \"right\", out = \"left\" or \"right\" }"
)]
pub enum ChannelSetting {
    /// Whichever way the call went.
    Always(SideName),
    /// By the way the call went.
    ByDirection(SidesByDirection),
}

/// One side for each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SidesByDirection {
    /// Where the client called.
    #[serde(rename = "in")]
    pub inbound: SideName,
    /// Where the manager called.
    #[serde(rename = "out")]
    pub outbound: SideName,
}

/// A channel of a stereo recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// The first.
    Left,
    /// The second.
    Right,
}

/// A language of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LangName {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// Which way calls went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectionName {
    /// The client called.
    In,
    /// The manager called.
    Out,
}

/// A file of a pair, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PairHalf {
    /// `-in` or `-r`: what the recorded channel sent.
    In,
    /// `-out` or `-t`: what the recorded channel was sent.
    Out,
}

/// A glob that fits the end of a path: `in/*.wav` fits `calls/day/in/1.wav`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct PathPattern(glob::Pattern);

impl PathPattern {
    /// Whether the path, or the part of it behind some `/`, fits.
    pub fn fits(&self, path: &str) -> bool {
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let tails = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        std::iter::once(path).chain(tails).any(|tail| self.0.matches_with(tail, options))
    }

    /// As it is written in the file.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for PathPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        glob::Pattern::new(&text).map(Self).map_err(|error| {
            format!("`{text}` is no glob: {} at character {}", error.msg, error.pos + 1)
        })
    }
}

/// One fault of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub text: String,
}

/// More faults than these are not worth a reader's time.
const MOST_FAULTS: usize = 20;

impl FileConfig {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// Every fault with its line (up to 20), in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let mut left = text.to_owned();
        // Faults with the byte at which each begins.
        let mut faults: Vec<(usize, Fault)> = Vec::new();
        loop {
            let error = match toml::from_str(&left) {
                Ok(config) if faults.is_empty() => return Ok(config),
                Ok(_) => break,
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let lines = lines_of(&left, &span);
            // A field may only be missing because its line, which had a fault, was blanked.
            let is_echo = error.message().starts_with("missing field")
                && faults.iter().any(|(at, _)| lines.contains(at));
            if !is_echo {
                let line = left[..lines.start].matches('\n').count() + 1;
                let text = error.message().replace('\n', "; ");
                faults.push((span.start, Fault { line, text }));
            }
            // Where the text is no TOML at all, what comes behind the fault cannot be judged.
            let is_toml = left.parse::<toml::Table>().is_ok();
            if !is_toml || MOST_FAULTS <= faults.len() || !blank(&mut left, lines) {
                break;
            }
        }
        let mut faults: Vec<Fault> = faults.into_iter().map(|(_, fault)| fault).collect();
        faults.sort_by_key(|fault| fault.line);
        Err(faults)
    }
}

/// The whole lines that `span` touches; a table's head takes its table along.
fn lines_of(text: &str, span: &Range<usize>) -> Range<usize> {
    let begin = text[..span.start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |at| from + at);
    let mut end = line_end(span.end.clamp(begin, text.len()));
    if text[begin..].trim_start().starts_with('[') {
        while end < text.len() && !text[end + 1..].trim_start_matches(' ').starts_with('[') {
            end = line_end(end + 1);
        }
    }
    begin..end
}

/// Blanks some lines, which keeps the numbers of all others. False if nothing was left to blank.
fn blank(text: &mut String, lines: Range<usize>) -> bool {
    // Byte for byte, so that places stay what they are.
    let blanked: String =
        text[lines.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    let changed = blanked != text[lines.clone()];
    text.replace_range(lines, &blanked);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_faults(text: &str, expected: &[(usize, &str)]) {
        let faults = FileConfig::parse(text).unwrap_err();
        let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, expected.iter().map(|(line, _)| *line).collect::<Vec<_>>(), "{faults:?}");
        for (fault, (_, part)) in faults.iter().zip(expected) {
            assert!(fault.text.contains(part), "{fault:?} lacks {part:?}");
        }
    }

    #[test]
    fn an_empty_file_says_nothing() {
        assert_eq!(FileConfig::parse("").unwrap(), FileConfig::default());
    }

    #[test]
    fn a_full_file_is_read() {
        let config = FileConfig::parse(
            "model = \"small\"\nlang = \"en\"\njobs = 3\nmanager-channel = { in = \"right\", out = \"left\" }\n\
             [vad]\nmodel = \"silero.bin\"\n[[source]]\nfiles = \"in/*\"\ndirection = \"in\"\n",
        )
        .unwrap();
        assert_eq!(config.jobs.map(NonZeroUsize::get), Some(3));
        assert_eq!(
            config.manager_channel,
            Some(ChannelSetting::ByDirection(SidesByDirection {
                inbound: SideName::Right,
                outbound: SideName::Left
            }))
        );
        assert_eq!(config.source[0].direction, Some(DirectionName::In));
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        check_faults(
            "modle = \"small\"\njobs = 0\nlang = \"de\"\n\n[vda]\nmodel = 1\n\n[[source]]\nfiles = \"a[\"\n\
             colour = 1\n\n[vad]\nmodel = 5\n",
            &[
                (1, "unknown field `modle`"),
                (2, "nonzero"),
                (3, "unknown variant `de`"),
                (5, "unknown field `vda`"),
                (9, "no glob"),
                (10, "unknown field `colour`"),
                (13, "expected"),
            ],
        );
    }

    #[test]
    fn what_is_no_toml_is_told_once() {
        check_faults("jobs = 2\nlang = \"ru\"\n???\nlang = 5\n", &[(3, "")]);
    }

    #[test]
    fn a_source_without_files_is_a_fault() {
        check_faults("[[source]]\ndirection = \"in\"\n", &[(1, "missing field `files`")]);
    }

    #[test]
    fn a_name_that_nobody_can_say_is_a_fault() {
        let text = "[firm]\ncompanies = [\"Ромашка\", \"…\"]\nmanager = [\"Анна\"]\n";
        check_faults(text, &[(2, "`…` holds no letter"), (3, "unknown field `manager`")]);
    }

    #[test]
    fn a_side_that_is_none_is_a_fault() {
        check_faults("manager-channel = \"middle\"\n", &[(1, "\"left\", \"right\"")]);
    }

    #[test]
    fn a_pattern_fits_the_end_of_a_path() {
        let fits =
            |pattern: &str, path| PathPattern::try_from(pattern.to_owned()).unwrap().fits(path);
        assert!(fits("in/*.wav", "calls/day/in/1.wav"));
        assert!(fits("**/in/**", "calls/in/day/1.wav"));
        assert!(!fits("in/*.wav", "calls/min/1.wav"));
        assert!(!fits("in/*.wav", "calls/in/deep/1.wav"));
    }
}
