//! One window from sound to believed utterances: recognizing, and trying again where the result looks wrong.
//!
//! Whisper's own way to try again throws dice; ours climbs fixed steps, so that a window gives the same words on every
//! run: the shortened encoder, the full one, a beam of five, two halves. Most windows are done after the first step.
//! Every step sees one window only, so results do not depend on what other workers do.

use crate::speech::guards::{self, repetition, speed};
use crate::speech::{Effort, Recognition, Recognizer, SpeechError, Utterance, Window};
use crate::transcript::{DropReason, Dropped};

/// Least speech in a window that is worth asking about, margins of the stretch included (`asr.md` 3).
const LEAST_SPEECH_MS: u32 = 400;

/// Windows fainter than this, in dB under full scale, hold nothing that could be understood: it is the last bit of
/// 10-bit sound, or line noise.
const LEAST_LEVEL_DB: f32 = -60.0;

/// A window with this much speech and no word is tried again: the shortened encoder may have lost it.
const WORDLESS_MS: u32 = 2000;

/// What became of one window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listened {
    /// Believed.
    pub utterances: Vec<Utterance>,
    /// Not believed.
    pub dropped: Vec<Dropped>,
}

/// What is wrong with a recognition, from bad to worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// No word where somebody seems to speak.
    Wordless,
    /// The recognizer doubts its own words.
    Doubted,
    /// More than can be said in the time.
    TooFast,
    /// The same over and over.
    Loop,
}

/// One try: what it gave and how much it is worth.
struct Attempt {
    utterances: Vec<Utterance>,
    no_speech_probability: f32,
    mean_log_probability: f32,
    fault: Option<Fault>,
}

/// Recognizes `window` in `language` (Whisper's code) and sifts the result.
///
/// # Errors
///
/// When the recognizer fails.
pub fn listen(
    recognizer: &mut dyn Recognizer,
    window: &Window,
    language: &str,
) -> Result<Listened, SpeechError> {
    if window.speech_ms() < LEAST_SPEECH_MS || window.level_db(0, window.len_ms()) < LEAST_LEVEL_DB
    {
        let nothing = Dropped {
            speaker: window.speaker,
            span: window.span(),
            text: String::new(),
            reason: DropReason::NoSpeech,
        };
        return Ok(Listened { utterances: Vec::new(), dropped: vec![nothing] });
    }
    let best = best_attempt(recognizer, window)?;
    let context = guards::Context {
        language,
        no_speech_probability: best.no_speech_probability,
        parts: window.parts.len(),
    };
    let (utterances, dropped) = guards::sift(best.utterances, context);
    Ok(Listened { utterances, dropped })
}

/// Climbs the steps until one gives a result without fault, or else returns the least bad.
fn best_attempt(recognizer: &mut dyn Recognizer, window: &Window) -> Result<Attempt, SpeechError> {
    let quick = recognizer.recognize(window, Effort::Quick)?;
    let shortened = quick.shortened;
    let mut best = attempt(window, &quick);
    if best.fault.is_some() && shortened {
        best = best.or(attempt(window, &recognizer.recognize(window, Effort::Full)?));
    }
    if best.fault.is_none() || best.fault == Some(Fault::Wordless) {
        return Ok(best);
    }
    best = best.or(attempt(window, &recognizer.recognize(window, Effort::Thorough)?));
    // Halves mend loops and crowding; where the sound itself is bad they would only cost two more passes.
    if best.fault >= Some(Fault::TooFast)
        && let Some((first, second)) = window.halves()
    {
        let first = attempt(&first, &recognizer.recognize(&first, Effort::Full)?);
        let second = attempt(&second, &recognizer.recognize(&second, Effort::Full)?);
        best = best.or(first.and(second));
    }
    Ok(best)
}

fn attempt(window: &Window, recognition: &Recognition) -> Attempt {
    let words: Vec<&str> = recognition
        .segments
        .iter()
        .flat_map(|segment| segment.words.iter().map(|word| word.text.as_str()))
        .collect();
    let weighted: f32 = recognition
        .segments
        .iter()
        .map(|segment| segment.mean_log_probability * segment.words.len() as f32)
        .sum();
    let mean_log_probability = weighted / words.len().max(1) as f32;
    let fault = if words.is_empty() {
        (window.speech_ms() >= WORDLESS_MS).then_some(Fault::Wordless)
    } else if repetition::loop_in(&words, window.parts.len()).is_some()
        || repetition::circles(&words)
    {
        Some(Fault::Loop)
    } else if speed::too_fast(&words, window.speech_ms(), speed::WINDOW_LIMIT) {
        Some(Fault::TooFast)
    } else {
        (mean_log_probability < guards::DOUBTED).then_some(Fault::Doubted)
    };
    Attempt {
        utterances: window.utterances(&recognition.segments),
        no_speech_probability: recognition.no_speech_probability,
        mean_log_probability,
        fault,
    }
}

impl Attempt {
    /// The better of two; the earlier one where they are alike.
    fn or(self, later: Self) -> Self {
        let earlier_wins = self.fault < later.fault
            || (self.fault == later.fault
                && self.mean_log_probability >= later.mean_log_probability);
        if earlier_wins { self } else { later }
    }

    /// Two halves as one.
    fn and(mut self, second: Self) -> Self {
        let words =
            |attempt: &Self| -> usize { attempt.utterances.iter().map(|u| u.words.len()).sum() };
        let (mine, its) = (words(&self) as f32, words(&second) as f32);
        let sum = self.mean_log_probability * mine + second.mean_log_probability * its;
        self.mean_log_probability = sum / (mine + its).max(1.0);
        self.no_speech_probability = self.no_speech_probability.min(second.no_speech_probability);
        self.fault = self.fault.max(second.fault);
        self.utterances.extend(second.utterances);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Speaker;
    use crate::speech::{Part, Segment, SegmentWord};

    /// Answers each effort with a text of its own (`text@mean log-probability`), and remembers what it was asked.
    struct Answers {
        quick: &'static str,
        full: &'static str,
        thorough: &'static str,
        asked: Vec<(Effort, u32)>,
    }

    impl Recognizer for Answers {
        fn recognize(
            &mut self,
            window: &Window,
            effort: Effort,
        ) -> Result<Recognition, SpeechError> {
            self.asked.push((effort, window.len_ms() / 1000));
            let answer = match effort {
                Effort::Quick => self.quick,
                Effort::Full => self.full,
                Effort::Thorough => self.thorough,
            };
            let (text, log) = answer.split_once('@').unwrap();
            let mean_log_probability: f32 = log.parse().unwrap();
            let texts: Vec<&str> = text.split_whitespace().collect();
            let step = window.len_ms() / (texts.len() as u32).max(1);
            let words: Vec<SegmentWord> = texts
                .iter()
                .zip(0_u32..)
                .map(|(text, index)| SegmentWord {
                    text: (*text).into(),
                    start_ms: step * index,
                    end_ms: step * (index + 1),
                    probability: mean_log_probability.exp(),
                })
                .collect();
            let segments = if words.is_empty() {
                vec![]
            } else {
                vec![Segment { words, mean_log_probability }]
            };
            Ok(Recognition { segments, no_speech_probability: 0.0, shortened: true })
        }
    }

    fn window(seconds: usize, level: f32) -> Window {
        let mut samples = vec![level; seconds * 16_000];
        // A breath in the middle, where halves are cut.
        samples[seconds * 8000..][..320].fill(0.0);
        let parts = vec![Part { at_sample: 0, len: samples.len(), start_sample: 32_000 }];
        Window { speaker: Speaker::Client, samples, parts }
    }

    #[track_caller]
    fn check(
        answers: (&'static str, &'static str, &'static str),
        asked: &[(Effort, u32)],
        text: &str,
    ) {
        let mut recognizer =
            Answers { quick: answers.0, full: answers.1, thorough: answers.2, asked: vec![] };
        let listened = listen(&mut recognizer, &window(6, 0.1), "ru").unwrap();
        assert_eq!(recognizer.asked, asked);
        let said: Vec<String> = listened.utterances.iter().map(Utterance::text).collect();
        assert_eq!(said.join(" / "), text);
    }

    #[test]
    fn good_result_is_not_tried_again() {
        check(("добрый день@-0.2", "@0", "@0"), &[(Effort::Quick, 6)], "добрый день");
    }

    #[test]
    fn doubted_result_climbs_until_it_is_not() {
        check(
            ("кашель@-1.5", "добрый день@-0.4", "@0"),
            &[(Effort::Quick, 6), (Effort::Full, 6)],
            "добрый день",
        );
        check(
            ("кашель@-1.5", "каша@-1.4", "добрый день@-0.3"),
            &[(Effort::Quick, 6), (Effort::Full, 6), (Effort::Thorough, 6)],
            "добрый день",
        );
    }

    #[test]
    fn doubted_to_the_end_keeps_the_least_doubted() {
        check(
            ("кашель@-1.5", "каша@-1.2", "кошка@-1.8"),
            &[(Effort::Quick, 6), (Effort::Full, 6), (Effort::Thorough, 6)],
            "каша",
        );
    }

    #[test]
    fn loop_is_cut_in_halves_at_last() {
        const LOOP: &str = "я вас слышу я вас слышу я вас слышу я вас слышу@-0.1";
        let steps = [
            (Effort::Quick, 6),
            (Effort::Full, 6),
            (Effort::Thorough, 6),
            (Effort::Full, 3),
            (Effort::Full, 2),
        ];
        check((LOOP, LOOP, LOOP), &steps, "я вас слышу");
    }

    #[test]
    fn wordless_window_is_tried_once_with_the_full_encoder() {
        check(("@0", "да@-0.5", "@0"), &[(Effort::Quick, 6), (Effort::Full, 6)], "да");
        check(("@0", "@0", "да@-0.1"), &[(Effort::Quick, 6), (Effort::Full, 6)], "");
    }

    #[test]
    fn silence_and_scraps_never_reach_the_recognizer_and_are_listed() {
        let mut scrap = window(1, 0.1);
        scrap.samples.truncate(4800);
        scrap.parts[0].len = 4800;
        for window in [window(6, 0.0005), scrap] {
            let mut recognizer =
                Answers { quick: "да@0", full: "да@0", thorough: "да@0", asked: vec![] };
            let listened = listen(&mut recognizer, &window, "ru").unwrap();
            assert_eq!((recognizer.asked.len(), listened.utterances.len()), (0, 0));
            assert_eq!(listened.dropped[0].reason, DropReason::NoSpeech);
            assert_eq!(listened.dropped[0].span.start_ms, 2000);
        }
    }

    #[test]
    fn hopeless_words_are_dropped_with_their_reason() {
        let mut recognizer =
            Answers {
                quick: "каша@-3", full: "каша@-3", thorough: "каша@-3", asked: vec![]
            };
        let listened = listen(&mut recognizer, &window(6, 0.1), "ru").unwrap();
        let reasons: Vec<_> =
            listened.dropped.iter().map(|d| (d.reason, d.text.as_str())).collect();
        assert_eq!(reasons, [(DropReason::LowConfidence, "каша")]);
        assert!(listened.utterances.is_empty());
    }
}
