//! Greedy decoding: which token comes next, by the rules of Whisper's authors.
//!
//! whisper.cpp decodes greedily as well, and this takes the same tokens. But for each token it goes over all 51,865 of the
//! vocabulary a dozen times and looks 180 symbols up by their text, which costs more than a small decoder itself; and it
//! reads the chance that nobody speaks from the wrong row. Here each token costs two passes. Plain functions on numbers:
//! the engine is a trait.

use std::ops::Range;

/// Tokens of a vocabulary that decoding has to know. Text comes first, then the end of text, then what is never written
/// (languages, tasks), then the times, up to the end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vocabulary {
    /// What the decoder is given first: start, language, task. Never empty.
    pub(super) prompt: Vec<i32>,
    /// The end of text, and the number of text tokens.
    pub(super) end: usize,
    /// The token for 0.00 s; each further one is 20 ms more. Past the vocabulary's end: there are no times.
    pub(super) first_time: usize,
    /// "Nobody speaks."
    pub(super) no_speech: usize,
    /// For each token negative infinity where it may never be written, else 0.
    pub(super) barred: Vec<f32>,
    /// The same for the first token: a blank, the end and late times are barred as well.
    pub(super) barred_first: Vec<f32>,
}

impl Vocabulary {
    /// From the `texts` of all text tokens and the numbers of the others; `size` is that of the whole vocabulary.
    pub(super) fn new(
        prompt: Vec<i32>,
        texts: &[&str],
        no_speech: usize,
        first_time: usize,
        size: usize,
    ) -> Self {
        let end = texts.len();
        let mut barred = vec![f32::NEG_INFINITY; size];
        for (bar, text) in barred.iter_mut().zip(texts) {
            *bar = if is_symbol(text) { f32::NEG_INFINITY } else { 0.0 };
        }
        for (id, bar) in barred.iter_mut().enumerate() {
            if id == end || id >= first_time {
                *bar = 0.0;
            }
        }
        let mut barred_first = barred.clone();
        for (id, bar) in barred_first.iter_mut().enumerate() {
            let late = id > first_time.saturating_add(LATEST_FIRST);
            if id == end || late || texts.get(id) == Some(&" ") {
                *bar = f32::NEG_INFINITY;
            }
        }
        Self { prompt, end, first_time, no_speech, barred, barred_first }
    }
}

/// The first time of a window is at most a second: a model that claims to hear nothing for longer has lost its way.
const LATEST_FIRST: usize = 50;

/// One token that was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chosen {
    pub(super) id: usize,
    /// Natural logarithm of its probability among those allowed.
    pub(super) log_probability: f32,
}

/// What greedy decoding made of a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decoded {
    /// Text and times, without the end.
    pub(super) tokens: Vec<Chosen>,
    /// Chance that nobody speaks, 0 to 1, as the decoder has it before its first token.
    pub(super) no_speech_probability: f32,
}

/// Symbols that stand for noise, music or typesetting: tokens of nothing else are barred, as the authors do.
const SYMBOLS: &str = "\"#()*+/:;<=>@[\\]^_`{|}~「」『』♩♪♫♬♭♮♯";

/// Whether a text token is no speech: nothing but symbols, or a dash or an apostrophe that begins a word.
pub(super) fn is_symbol(text: &str) -> bool {
    let bare = text.strip_prefix(' ').unwrap_or(text);
    let dashes = bare.len() > 1 && bare.chars().all(|c| c == '-');
    let begins = text.len() == 2 && (bare == "-" || bare == "'");
    dashes || begins || (!bare.is_empty() && bare.chars().all(|c| SYMBOLS.contains(c)))
}

/// The decoder behind this: one token a step.
pub(super) trait Decoder {
    /// Why a step can fail.
    type Error;

    /// Takes the token at a place (0 begins anew) and tells how likely each of the vocabulary is to follow: any number, the
    /// higher the likelier.
    fn next(&mut self, token: i32, place: usize) -> Result<&[f32], Self::Error>;
}

/// Decodes one window. `limit`: most tokens; `frames`: length of the window in 10 ms, at which decoding ends.
///
/// # Errors
///
/// Those of the decoder.
pub(super) fn decode<D: Decoder>(
    decoder: &mut D,
    vocabulary: &Vocabulary,
    frames: usize,
    limit: usize,
) -> Result<Decoded, D::Error> {
    let mut prompt = vocabulary.prompt.iter().enumerate();
    let mut no_speech_probability = 0.0;
    let mut tokens: Vec<Chosen> = Vec::new();
    let mut time = None;
    loop {
        let (token, place) = match (prompt.next(), tokens.last()) {
            (Some((place, &token)), _) => (token, place),
            (None, Some(last)) => (
                i32::try_from(last.id).unwrap_or(i32::MAX),
                vocabulary.prompt.len() + tokens.len() - 1,
            ),
            (None, None) => break,
        };
        let logits = decoder.next(token, place)?;
        if place == 0 {
            no_speech_probability = probability(logits, vocabulary.no_speech);
        }
        if prompt.len() > 0 {
            continue;
        }
        let Some(chosen) = choose(vocabulary, logits, &tokens, time) else { break };
        if chosen.id == vocabulary.end {
            break;
        }
        tokens.push(chosen);
        if chosen.id > vocabulary.first_time {
            let units = chosen.id - vocabulary.first_time;
            time = Some(units);
            // Two frames a unit; within 100 ms of the end there is nothing more to hear.
            if 2 * units + 10 >= frames {
                break;
            }
        }
        if tokens.len() == limit {
            break;
        }
    }
    Ok(Decoded { tokens, no_speech_probability })
}

/// The likeliest token that may follow `tokens`, the first of equals; `None` where none may. Times come in pairs and do not go
/// back (`time` is the last one, in units); all of them together are weighed against the likeliest text.
fn choose(
    vocabulary: &Vocabulary,
    logits: &[f32],
    tokens: &[Chosen],
    time: Option<usize>,
) -> Option<Chosen> {
    let Vocabulary { end, first_time, .. } = *vocabulary;
    let is_time =
        |back: usize| tokens.len().checked_sub(back).map(|place| tokens[place].id >= first_time);
    let (last, before) = (is_time(1) == Some(true), is_time(2) != Some(false));
    let barred = if tokens.is_empty() { &vocabulary.barred_first } else { &vocabulary.barred };
    let text = if last && !before { end..end + 1 } else { 0..end + 1 };
    let size = logits.len();
    let earliest = first_time.saturating_add(time.unwrap_or(0)).min(size);
    let times = if last && before { size..size } else { earliest..size };

    let scores = |range: &Range<usize>| (&logits[range.clone()], &barred[range.clone()]);
    let (best_text, best_time) = (highest(scores(&text)), highest(scores(&times)));
    let top = best_text.max(best_time);
    if top == f32::NEG_INFINITY {
        return None;
    }
    let sum_times = sum(scores(&times), top);
    let total = (sum_times + sum(scores(&text), top)).ln() + top;
    let (range, best) =
        if sum_times.ln() + top > best_text { (times, best_time) } else { (text, best_text) };
    let id = range.into_iter().find(|&id| logits[id] + barred[id] >= best)?;
    Some(Chosen { id, log_probability: best - total })
}

/// Chance of one token among all.
fn probability(logits: &[f32], id: usize) -> f32 {
    let nothing = vec![0.0; logits.len()];
    let all = (logits, nothing.as_slice());
    let top = highest(all);
    exponential(logits[id] - top) / sum(all, top)
}

/// Logits of some tokens and what bars them: a score is the sum of the two.
type Scores<'a> = (&'a [f32], &'a [f32]);

/// The highest score.
fn highest(scores: Scores<'_>) -> f32 {
    let higher = |a: f32, b: f32| if b > a { b } else { a };
    fold(scores, f32::NEG_INFINITY, higher, higher)
}

/// The sum of `e^(score - top)`.
fn sum(scores: Scores<'_>, top: f32) -> f32 {
    fold(scores, 0.0, |sum, score| sum + exponential(score - top), |a, b| a + b)
}

/// Goes over the scores in several lanes at once, which the compiler turns into wide instructions; their order, and with it
/// the rounding, is the same on every machine.
fn fold(
    (logits, barred): Scores<'_>,
    start: f32,
    step: impl Fn(f32, f32) -> f32,
    join: impl Fn(f32, f32) -> f32,
) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [start; LANES];
    let (logits, barred) = (logits.chunks_exact(LANES), barred.chunks_exact(LANES));
    let rest = (logits.remainder().iter().zip(barred.remainder()))
        .fold(start, |all, (logit, bar)| step(all, logit + bar));
    for (logits, barred) in logits.zip(barred) {
        for ((lane, logit), bar) in lanes.iter_mut().zip(logits).zip(barred) {
            *lane = step(*lane, logit + bar);
        }
    }
    lanes.into_iter().fold(rest, join)
}

/// `e^x` for `x` up to 0, to a millionth; 0 below -87. Written so that the compiler does several at once: with the library's
/// function this would be the larger part of a step.
fn exponential(x: f32) -> f32 {
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    const LEAST: f32 = -126.0;
    let binary = (x * std::f32::consts::LOG2_E).max(LEAST);
    let whole = (binary + ROUND) - ROUND;
    let rest = (binary - whole) * std::f32::consts::LN_2;
    // Taylor's series on half a power of two to either side.
    let series = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let fraction = series.iter().fold(1.0 / 720.0, |sum, term| sum * rest + term);
    // The exponent's bits; at the least power the whole is taken for 0.
    let power = f32::from_bits(((whole as i32 + 127) as u32) << 23);
    if binary > LEAST { fraction * power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Text: `a`, `b`, ` `, `♪`; then the end, the start, "nobody speaks", and times from 0.00 to 9.98 s.
    fn vocabulary() -> Vocabulary {
        Vocabulary::new(vec![5], &["a", "b", " ", "♪"], 6, 7, 7 + 500)
    }

    /// Wants tokens one after the other, whatever it is given; the last one for ever.
    struct Wants {
        vocabulary: usize,
        script: Vec<Vec<(usize, f32)>>,
        row: Vec<f32>,
    }

    impl Decoder for Wants {
        type Error = Infallible;

        fn next(&mut self, _: i32, place: usize) -> Result<&[f32], Infallible> {
            self.row = vec![0.0; self.vocabulary];
            for &(id, logit) in &self.script[place.min(self.script.len() - 1)] {
                self.row[id] = logit;
            }
            Ok(&self.row)
        }
    }

    fn written(script: &[&[(usize, f32)]], frames: usize, limit: usize) -> Vec<usize> {
        let script = script.iter().map(|row| row.to_vec()).collect();
        let mut decoder = Wants { vocabulary: 507, script, row: Vec::new() };
        let result = decode(&mut decoder, &vocabulary(), frames, limit).unwrap();
        result.tokens.iter().map(|chosen| chosen.id).collect()
    }

    #[test]
    fn likeliest_tokens_up_to_the_end() {
        let script: &[&[(usize, f32)]] =
            &[&[(7, 20.0)], &[(0, 20.0)], &[(1, 20.0)], &[(57, 20.0)], &[(4, 20.0)]];
        assert_eq!(written(script, 1000, 50), [7, 0, 1, 57]);
    }

    #[test]
    fn symbols_and_what_is_never_written_are_barred() {
        let script: &[&[(usize, f32)]] =
            &[&[(7, 20.0)], &[(3, 30.0), (5, 30.0), (6, 30.0), (1, 20.0)], &[(4, 20.0)]];
        assert_eq!(written(script, 1000, 50), [7, 1]);
    }

    #[test]
    fn first_token_is_no_blank_no_end_and_no_late_time() {
        let script: &[&[(usize, f32)]] =
            &[&[(2, 30.0), (4, 30.0), (7 + 51, 30.0), (7 + 50, 20.0)], &[(0, 20.0)], &[(4, 20.0)]];
        assert_eq!(written(script, 1000, 50), [57, 0]);
    }

    #[test]
    fn times_come_in_pairs_and_do_not_go_back() {
        // After text and one time comes another time or the end; after two, text.
        let script: &[&[(usize, f32)]] = &[
            &[(7, 20.0)],
            &[(0, 20.0)],
            &[(107, 20.0)],
            &[(0, 30.0), (50, 25.0), (110, 20.0)],
            &[(120, 30.0), (1, 20.0)],
            &[(4, 20.0)],
        ];
        assert_eq!(written(script, 1000, 50), [7, 0, 107, 110, 1]);
    }

    #[test]
    fn many_half_likely_times_outweigh_one_text() {
        let mut row = vec![(0, 8.0)];
        row.extend((7..40).map(|id| (id, 7.0)));
        row[5].1 = 7.5;
        assert_eq!(written(&[&row, &[(4, 30.0)]], 1000, 50), [row[5].0]);
    }

    #[test]
    fn ends_with_the_window_and_at_the_limit() {
        let script: &[&[(usize, f32)]] =
            &[&[(7, 20.0)], &[(0, 20.0)], &[(7 + 45, 20.0)], &[(7 + 45, 20.0)]];
        assert_eq!(written(script, 100, 50), [7, 0, 52]);
        assert_eq!(written(&[&[(0, 20.0)]], 1000, 3), [0, 0, 0]);
    }

    #[test]
    fn chances_are_those_of_a_soft_maximum() {
        let script = vec![vec![(6, 3.0), (0, 4.0)], vec![(4, 20.0)]];
        let mut decoder = Wants { vocabulary: 507, script, row: Vec::new() };
        let result = decode(&mut decoder, &vocabulary(), 1000, 9).unwrap();
        let all = 505.0 + 3.0_f64.exp() + 4.0_f64.exp();
        assert!((f64::from(result.no_speech_probability) - 3.0_f64.exp() / all).abs() < 1e-6);
        // Allowed at first: `a`, `b` and 51 times.
        let allowed = 52.0 + 4.0_f64.exp();
        let log = f64::from(result.tokens[0].log_probability);
        assert!((log - (4.0 - allowed.ln())).abs() < 1e-5, "{log}");
    }

    #[test]
    fn exponential_is_that_of_the_library() {
        for step in 0..8700 {
            let x = -0.01 * step as f32;
            let (wanted, found) = (f64::from(x).exp(), f64::from(exponential(x)));
            assert!((found / wanted - 1.0).abs() < 1e-5, "{x}: {found} {wanted}");
        }
        assert!(exponential(f32::NEG_INFINITY).abs() < f32::MIN_POSITIVE);
        assert!((exponential(0.0) - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn symbols_are_told_from_speech() {
        for symbol in ["(", " ((", " -", "--", " '", "♪", " >>", "♪♪♪"] {
            assert!(is_symbol(symbol), "{symbol}");
        }
        for speech in ["", " ", "-", "'", " да", ",", "%", "...", " 5", "а-"] {
            assert!(!is_symbol(speech), "{speech}");
        }
    }
}
