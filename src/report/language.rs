//! The report's two languages: numbers, times, and the words that more than one page uses.
//!
//! Texts stand where they are used, both languages side by side, through [`Language::pick`]. What the rulebook says
//! (titles, reasons) comes from there.

use crate::batch::SkipReason;
use crate::call::{Direction, Speaker};
use crate::grading::Verdict;
use crate::transcript::DropReason;
use crate::warning::Warning;

/// A language of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Russian.
    #[default]
    Russian,
    /// English.
    English,
}

impl Language {
    /// The code that rulebooks use.
    pub fn code(self) -> &'static str {
        self.pick("ru", "en")
    }

    /// The text in this language.
    pub fn pick<T>(self, russian: T, english: T) -> T {
        match self {
            Self::Russian => russian,
            Self::English => english,
        }
    }

    /// One digit behind the decimal sign, none where it is 0: `83,3`, `80`.
    pub(super) fn number(self, value: f64) -> String {
        let text = format!("{value:.1}");
        let text = text.strip_suffix(".0").unwrap_or(&text);
        self.pick(text.replace('.', ","), text.to_owned())
    }

    /// A share in whole percent. The space does not break.
    pub(super) fn percent(self, share: f64) -> String {
        let percent = (share * 100.0).round();
        self.pick(format!("{percent}\u{a0}%"), format!("{percent}%"))
    }

    /// The name of a speaker.
    pub(super) fn speaker(self, speaker: Speaker) -> &'static str {
        match speaker {
            Speaker::Manager => self.pick("менеджер", "manager"),
            Speaker::Client => self.pick("клиент", "client"),
            Speaker::Unknown => self.pick("кто-то", "someone"),
        }
    }

    /// Which way the call went.
    pub(super) fn direction(self, direction: Direction) -> &'static str {
        match direction {
            Direction::Inbound => self.pick("входящий", "incoming"),
            Direction::Outbound => self.pick("исходящий", "outgoing"),
        }
    }

    /// The verdict in one or two words.
    pub(super) fn verdict(self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Good => self.pick("хороший", "good"),
            Verdict::NeedsWork => self.pick("доработать", "needs work"),
            Verdict::Open => self.pick("открыт", "open"),
            Verdict::None => self.pick("без оценки", "not rated"),
        }
    }

    /// Why a recording was skipped.
    pub fn skipped(self, reason: SkipReason) -> &'static str {
        match reason {
            SkipReason::NoSpeech => self.pick("нет речи", SkipReason::NoSpeech.as_str()),
            SkipReason::NoWords => {
                self.pick("не удалось разобрать ни слова", SkipReason::NoWords.as_str())
            }
        }
    }

    /// Why recognized text was not believed.
    pub(super) fn dropped(self, reason: DropReason) -> &'static str {
        match reason {
            DropReason::NoSpeech => self.pick("не речь", "no speech"),
            DropReason::Repetition => self.pick("повторы", "repetition"),
            DropReason::TooFast => self.pick("слишком быстро", "too fast"),
            DropReason::LowConfidence => self.pick("неуверенно", "low confidence"),
            DropReason::KnownInvention => self.pick("выдумка модели", "known invention"),
            DropReason::Crosstalk => self.pick("голос из другого канала", "crosstalk"),
            DropReason::ForeignScript => self.pick("чужой алфавит", "foreign script"),
        }
    }

    /// A warning as a sentence without a full stop.
    pub fn warning(self, warning: &Warning) -> String {
        if self == Self::English {
            return warning.to_string();
        }
        match warning {
            Warning::Truncated { decoded_ms } => {
                format!(
                    "запись обрывается на {}, оценено то, что есть",
                    clock(u64::from(*decoded_ms))
                )
            }
            Warning::WrongExtension { found } => {
                format!("в файле {found}, что бы ни говорило его имя")
            }
            Warning::DamagedPackets { count } => format!("повреждённых пакетов пропущено: {count}"),
            Warning::NotANumber { count } => {
                format!("отсчётов, которые не числа и приняты за тишину: {count}")
            }
            Warning::Mono => {
                "один канал: говорящих не различить, поэтому всё, что от этого зависит, неизвестно"
                    .into()
            }
            Warning::DualMono => "в обоих каналах один и тот же звук: говорящих не различить, \
                                  поэтому всё, что от этого зависит, неизвестно"
                .into(),
            Warning::EmptyChannel { channel } => format!("в канале {channel} нет звука"),
            Warning::ExtraChannels { channels } => {
                format!("каналов {channels}, использованы первые два")
            }
            Warning::MissingHalf { other } => {
                format!("только одна сторона разговора: файл другой стороны `{other}` не задан")
            }
            Warning::DecodedByFfmpeg => {
                "звук прочитан программой ffmpeg: формат не из наших".into()
            }
            Warning::DemoModel => "распознано демонстрационной моделью: она знает только \
                                   синтезированную речь; для настоящих звонков выполните \
                                   `autograde models pull`"
                .into(),
            Warning::UnlistedModel => "распознано моделью, которой нет в models.toml".into(),
            Warning::TimesAssumed => "в расшифровке нет времени: принято 150 слов в минуту".into(),
            Warning::NameNotUnderstood => {
                "имя файла не подходит ни под один шаблон его источника: \
                                           того, что в нём сказано, программа не знает"
                    .into()
            }
            Warning::NameAmbiguous => {
                "имя файла читается двояко, поэтому из него ничего не взято".into()
            }
            Warning::ZoneDoubtful { minutes } => format!(
                "часы в имени файла расходятся с его номером на {minutes} мин: укажите `timezone` \
                 этого источника"
            ),
            Warning::SidecarUnusable { why } => {
                format!("файл JSON рядом с записью не использован: {why}")
            }
            Warning::JournalAmbiguous { calls } => {
                format!("этой записи подходят несколько звонков журнала ({calls}), не взят ни один")
            }
            Warning::PoorlyHeard { percent } => {
                format!("{percent}\u{a0}% слов распознано неуверенно")
            }
        }
    }
}

/// `m:ss`, or `h:mm:ss` from an hour on.
pub(super) fn clock(ms: u64) -> String {
    let s = ms / 1000;
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(Language::Russian.number(83.26), "83,3");
        assert_eq!(Language::English.number(83.26), "83.3");
        assert_eq!(Language::Russian.number(80.0), "80");
        assert_eq!(Language::Russian.percent(0.856), "86\u{a0}%");
    }

    #[test]
    fn times_are_short() {
        assert_eq!((clock(5_999), clock(3_723_000)), ("0:05".into(), "1:02:03".into()));
    }
}
