//! What keeps invented words out of a transcript.
//!
//! Whisper writes fluent text on noise, music and silence, repeats itself, and signs with the names of people who
//! subtitle films. Each guard is a pure function in a file of its own, with its numbers and their source. What a guard
//! takes out is listed with its reason: `dropped` in the draft.
//!
//! Text alone never condemns what people say in calls: «спасибо» is graded speech.

pub mod crosstalk;
pub mod inventions;
pub mod notes;
pub mod repetition;
pub mod script;
pub mod speed;

use crate::speech::Utterance;
use crate::transcript::{DropReason, Dropped};

/// Mean log-probability under which the recognizer's result is doubted and tried again (the `logprob_threshold` of Whisper's authors).
pub const DOUBTED: f32 = -1.0;

/// Mean log-probability under which an utterance is not believed after all tries: one token in seven right. Between this
/// and [`DOUBTED`] words are kept, with their low confidence, as rules can weigh it and a reviewer can listen.
pub const DISBELIEVED: f32 = -2.0;

/// The recognizer's no-speech probability over which doubted text is taken for noise (the `no_speech_threshold` of
/// Whisper's authors).
pub const NO_SPEECH: f32 = 0.6;

/// What the guards need to know of the window that an utterance is from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whisper's code of the calls' language.
    pub language: &'a str,
    /// The recognizer's own idea that nobody speaks.
    pub no_speech_probability: f32,
    /// Stretches of speech in the window: a speaker may well say «да» once in each.
    pub parts: usize,
}

/// Splits what was recognized in one window into what is believed and what is not.
pub fn sift(utterances: Vec<Utterance>, context: Context<'_>) -> (Vec<Utterance>, Vec<Dropped>) {
    let mut dropped = Vec::new();
    let mut kept = Vec::new();
    for utterance in utterances {
        let mut rest = utterance;
        if let Some(reason) = whole(&rest, context) {
            dropped.push(drop_all(&rest, reason));
            continue;
        }
        cut(&mut rest, notes::find, DropReason::NoSpeech, &mut dropped);
        cut(
            &mut rest,
            |words| inventions::never_in_a_call(words, context.language),
            DropReason::KnownInvention,
            &mut dropped,
        );
        if !rest.words.is_empty() {
            kept.push(rest);
        }
    }
    collapse(&mut kept, context.parts, &mut dropped);
    dropped.sort_by_key(|dropped| (dropped.span, dropped.reason));
    (kept, dropped)
}

/// Why nothing of an utterance can be believed.
fn whole(utterance: &Utterance, context: Context<'_>) -> Option<DropReason> {
    let texts = texts(utterance);
    let doubted = utterance.mean_log_probability < DOUBTED;
    if doubted && context.no_speech_probability > NO_SPEECH {
        return Some(DropReason::NoSpeech);
    }
    if doubted && inventions::possible_speech(&texts, context.language) {
        return Some(DropReason::KnownInvention);
    }
    if speed::too_fast(&texts, utterance.room_ms, speed::UTTERANCE_LIMIT) {
        return Some(DropReason::TooFast);
    }
    if script::foreign(&texts, utterance.confidence(), context.language) {
        return Some(DropReason::ForeignScript);
    }
    (utterance.mean_log_probability < DISBELIEVED).then_some(DropReason::LowConfidence)
}

/// Takes out the ranges that `find` names, until it finds none.
fn cut(
    utterance: &mut Utterance,
    find: impl Fn(&[&str]) -> Option<std::ops::Range<usize>>,
    reason: DropReason,
    dropped: &mut Vec<Dropped>,
) {
    while let Some(range) = find(&texts(utterance)) {
        let mut out = utterance.clone();
        out.words = utterance.words.drain(range).collect();
        if out.words.is_empty() {
            // A guard that finds nothing in particular must not run for ever.
            return;
        }
        dropped.push(drop_all(&out, reason));
    }
}

/// Takes repeated words out of all utterances of a window: loops run across its segments.
fn collapse(utterances: &mut Vec<Utterance>, parts: usize, dropped: &mut Vec<Dropped>) {
    loop {
        let all: Vec<&str> = utterances.iter().flat_map(texts).collect();
        let Some(range) = repetition::loop_in(&all, parts) else { return };
        let mut from = 0;
        for utterance in utterances.iter_mut() {
            let len = utterance.words.len();
            let overlap = range.start.clamp(from, from + len) - from
                ..range.end.clamp(from, from + len) - from;
            from += len;
            if !overlap.is_empty() {
                let mut out = utterance.clone();
                out.words = utterance.words.drain(overlap).collect();
                dropped.push(drop_all(&out, DropReason::Repetition));
            }
        }
        utterances.retain(|utterance| !utterance.words.is_empty());
    }
}

fn drop_all(utterance: &Utterance, reason: DropReason) -> Dropped {
    Dropped { speaker: utterance.speaker, span: utterance.span(), text: utterance.text(), reason }
}

fn texts(utterance: &Utterance) -> Vec<&str> {
    utterance.words.iter().map(|word| word.text.as_str()).collect()
}

/// A word as guards compare it: lower case, ё as е, letters and digits only.
pub(super) fn key(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ё' { 'е' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Span, Speaker};
    use crate::transcript::Word;

    /// Utterances as `text@mean log-probability`, one after another with five seconds of room each.
    #[track_caller]
    fn check(
        said: &[&str],
        no_speech_probability: f32,
        kept: &str,
        dropped: &[(DropReason, &str)],
    ) {
        let utterances = said
            .iter()
            .zip(0_u32..)
            .map(|(said, index)| {
                let (text, log) = said.split_once('@').unwrap();
                let mean_log_probability: f32 = log.parse().unwrap();
                let word = |(text, place): (&str, u32)| {
                    let start_ms = index * 5000 + place * 300;
                    let span = Span::new(start_ms, start_ms + 300);
                    Word { text: text.into(), span, confidence: mean_log_probability.exp() }
                };
                Utterance {
                    speaker: Speaker::Client,
                    words: text.split_whitespace().zip(0..).map(word).collect(),
                    mean_log_probability,
                    level_db: -20.0,
                    room_ms: 5000,
                }
            })
            .collect();
        let context = Context { language: "ru", no_speech_probability, parts: 1 };
        let (believed, not) = sift(utterances, context);
        let texts: Vec<String> = believed.iter().map(Utterance::text).collect();
        assert_eq!(texts.join(" / "), kept);
        let not: Vec<(DropReason, &str)> =
            not.iter().map(|dropped| (dropped.reason, dropped.text.as_str())).collect();
        assert_eq!(not, dropped);
    }

    #[test]
    fn thanks_are_never_dropped_on_text_alone() {
        check(&["Спасибо.@-0.3"], 0.0, "Спасибо.", &[]);
        check(&["Спасибо.@-0.9"], 0.9, "Спасибо.", &[]);
        check(&["Спасибо.@-1.2"], 0.0, "", &[(DropReason::KnownInvention, "Спасибо.")]);
        check(&["Спасибо вам за помощь@-1.2"], 0.0, "Спасибо вам за помощь", &[]);
    }

    #[test]
    fn credits_glued_to_speech_are_cut_and_listed() {
        check(
            &["Всего доброго. Субтитры сделал DimaTorzok@-0.2"],
            0.0,
            "Всего доброго.",
            &[(DropReason::KnownInvention, "Субтитры сделал DimaTorzok")],
        );
    }

    #[test]
    fn no_speech_needs_doubt_as_well() {
        check(&["да конечно@-0.4"], 0.9, "да конечно", &[]);
        check(&["да конечно@-1.4"], 0.9, "", &[(DropReason::NoSpeech, "да конечно")]);
    }

    #[test]
    fn doubted_words_stay_and_disbelieved_ones_go() {
        check(&["да конечно@-1.9"], 0.0, "да конечно", &[]);
        check(&["да конечно@-2.1"], 0.0, "", &[(DropReason::LowConfidence, "да конечно")]);
    }

    #[test]
    fn loop_across_utterances_is_cut_to_one() {
        let said = ["я вас слышу@-0.1"; 5];
        check(&said, 0.0, "я вас слышу", &[(DropReason::Repetition, "я вас слышу"); 4]);
    }

    #[test]
    fn remarks_and_other_scripts_go() {
        check(&["[музыка] алло@-0.2"], 0.0, "алло", &[(DropReason::NoSpeech, "[музыка]")]);
        check(&["(смех)@-0.2"], 0.0, "", &[(DropReason::NoSpeech, "(смех)")]);
        check(&["谢谢@-0.2", "алло@-0.2"], 0.0, "алло", &[(DropReason::ForeignScript, "谢谢")]);
    }
}
