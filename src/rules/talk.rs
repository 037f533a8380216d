//! A call as rules see it: tokens with their classes, slots that need code, sentences, turns.
//!
//! Made once for each call. Rules look at numbers from here on; text is needed again only for
//! quotes.

use std::ops::Range;

use crate::call::{Span, Speaker};
use crate::rules::bits::{bits_before, bits_from};
use crate::rules::lexicon::{Class, FIRST_CLASS, How, INTERROGATIVE, Known, Lexicon, NAME};
use crate::rules::number::Numeral;
use crate::rules::slot::{self, Counted, Mark, SlotId};
use crate::rules::token::{Reader, sentence_end};
use crate::transcript::{Turn, Word};

use regex::RegexSet;

/// A word under this probability may have been another that sounds alike: it is more likely wrong than right.
const DOUBTED: f32 = 0.5;

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Index of its turn.
    pub(crate) turn: u32,
    /// Index of its word in the turn.
    pub(crate) word: u32,
    /// No gap is counted over it.
    pub(crate) weak: bool,
    /// The recognizer's probability of its word.
    pub(crate) confidence: f32,
    /// Where its classes lie in the pool.
    known: Range<u32>,
}

/// One turn.
#[derive(Clone, Debug)]
pub(crate) struct TalkTurn {
    pub(crate) speaker: Speaker,
    pub(crate) span: Span,
    pub(crate) tokens: Range<usize>,
    pub(crate) sentences: Range<usize>,
    /// Its slots, in no order.
    pub(crate) marks: Range<usize>,
}

/// One sentence: up to a mark, or the whole turn where there are no marks.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) tokens: Range<usize>,
    /// It ends with `?`, or holds an interrogative where the turn has no marks at all.
    pub(crate) asks: bool,
}

/// The tokens of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Talk {
    pub(crate) tokens: Vec<Token>,
    pub(crate) turns: Vec<TalkTurn>,
    pub(crate) sentences: Vec<Sentence>,
    /// What the slots that need code stand for; several may start at one token.
    pub(crate) marks: Vec<Mark>,
    /// Numbers with a value, by token.
    counted: Vec<Counted>,
    pool: Vec<Known>,
    /// Which tokens are weak, 64 a number.
    weak: Vec<u64>,
    /// From the first word to the last.
    pub(crate) span: Span,
}

/// The patterns of a rulebook: regular expressions over single words, the first of which is slot `first`.
#[derive(Debug)]
pub(crate) struct Patterns {
    pub(crate) set: RegexSet,
    /// The slot of each.
    pub(crate) slots: Vec<SlotId>,
}

/// What reading a turn needs besides the talk: buffers that are used again.
#[derive(Default)]
struct Buffers {
    reader: Reader,
    numerals: Vec<Option<Numeral>>,
    run: Vec<Numeral>,
    quoted: Vec<Option<How>>,
    names: Vec<Option<How>>,
    own_names: Vec<Option<How>>,
    interrogatives: Vec<Option<How>>,
}

impl Talk {
    pub(crate) fn new(turns: &[Turn], lexicon: &Lexicon, patterns: Option<&Patterns>) -> Self {
        let words = turns.iter().map(|turn| turn.words.len()).sum();
        let mut talk = Self {
            tokens: Vec::with_capacity(words),
            turns: Vec::with_capacity(turns.len()),
            pool: Vec::with_capacity(4 * words),
            ..Self::default()
        };
        let mut buffers = Buffers::default();
        for turn in turns {
            talk.read(turn, lexicon, patterns, &mut buffers);
        }
        talk.weak = vec![0; talk.tokens.len() / 64 + 1];
        for (index, token) in talk.tokens.iter().enumerate() {
            talk.weak[index / 64] |= u64::from(token.weak) << (index % 64);
        }
        talk.span = Span::new(
            turns.iter().map(|turn| turn.span.start_ms).min().unwrap_or_default(),
            turns.iter().map(|turn| turn.span.end_ms).max().unwrap_or_default(),
        );
        talk
    }

    fn read(
        &mut self,
        turn: &Turn,
        lexicon: &Lexicon,
        patterns: Option<&Patterns>,
        buffers: &mut Buffers,
    ) {
        let number = self.turns.len() as u32;
        let (first, first_sentence) = (self.tokens.len(), self.sentences.len());
        let first_mark = self.marks.len();
        let (mut start, mut marked, mut quoted) = (first, false, false);
        buffers.numerals.clear();
        for list in [
            &mut buffers.quoted,
            &mut buffers.names,
            &mut buffers.own_names,
            &mut buffers.interrogatives,
        ] {
            list.clear();
        }
        for (index, word) in turn.words.iter().enumerate() {
            quoted |= opens_quotation(&word.text);
            let of_word = self.tokens.len();
            buffers.reader.read(&word.text, lexicon.spelling());
            for (text, in_digits) in buffers.reader.pieces() {
                let from = self.pool.len() as u32;
                let looked = lexicon.look(text, word.confidence < DOUBTED, &mut self.pool);
                // A capital inside a sentence is a name's; the dictionary is asked about few words.
                let named = !looked.found
                    && start < self.tokens.len()
                    && word.text.starts_with(char::is_uppercase)
                    && lexicon.is_name(text);
                if in_digits && slot::is_clock(text) {
                    slot::run(
                        slot::CLOCK,
                        self.tokens.len()..self.tokens.len() + 1,
                        How::Exact,
                        &mut self.marks,
                    );
                }
                buffers.numerals.push(if in_digits {
                    Some(Numeral::of_digits(text))
                } else {
                    looked.numeral
                });
                let (mut name, mut own_name, mut interrogative) = (None, None, None);
                // Classes with a meaning of their own come first.
                let special = |known: &&Known| known.class() < FIRST_CLASS;
                for known in self.pool[from as usize..].iter().take_while(special) {
                    match known.class() {
                        INTERROGATIVE => interrogative = Some(known.how()),
                        NAME => name = Some(known.how()),
                        _ => own_name = Some(known.how()),
                    }
                }
                buffers.quoted.push(quoted.then_some(How::Exact));
                buffers.names.push(name.or(named.then_some(How::Form)));
                buffers.own_names.push(own_name);
                buffers.interrogatives.push(interrogative);
                self.tokens.push(Token {
                    turn: number,
                    word: index as u32,
                    weak: looked.weak,
                    confidence: word.confidence,
                    known: from..self.pool.len() as u32,
                });
            }
            self.mark_word(word, of_word..self.tokens.len(), patterns);
            quoted &= !closes_quotation(&word.text);
            if let Some(asks) = sentence_end(&word.text) {
                marked = true;
                if start < self.tokens.len() {
                    self.sentences.push(Sentence { tokens: start..self.tokens.len(), asks });
                    start = self.tokens.len();
                }
            }
        }
        if start < self.tokens.len() {
            // Recognizers leave question marks out: without any mark an interrogative has to do.
            let asks =
                !marked && buffers.interrogatives[start - first..].iter().any(Option::is_some);
            self.sentences.push(Sentence { tokens: start..self.tokens.len(), asks });
        }
        self.mark_runs(first, first_sentence, buffers);
        self.turns.push(TalkTurn {
            speaker: turn.speaker,
            span: turn.span,
            tokens: first..self.tokens.len(),
            sentences: first_sentence..self.sentences.len(),
            marks: first_mark..self.marks.len(),
        });
    }

    /// Slots that the letters of one word tell.
    fn mark_word(&mut self, word: &Word, tokens: Range<usize>, patterns: Option<&Patterns>) {
        if tokens.is_empty() {
            return;
        }
        let whole = |slot: SlotId| Mark {
            token: tokens.start as u32,
            slot,
            len: tokens.len().min(slot::LONGEST) as u8,
            how: How::Exact,
        };
        if slot::is_email(&word.text) {
            self.marks.push(whole(slot::EMAIL));
        }
        if let Some(patterns) = patterns {
            let text = word.text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            for index in &patterns.set.matches(&text) {
                if let Some(slot) = patterns.slots.get(index) {
                    self.marks.push(whole(*slot));
                }
            }
        }
    }

    /// Slots that are runs of tokens of one turn.
    fn mark_runs(&mut self, first: usize, first_sentence: usize, buffers: &mut Buffers) {
        let end = self.tokens.len();
        let mut token = first;
        while token < end {
            buffers.run.clear();
            for (place, numeral) in buffers.numerals[token - first..].iter().enumerate() {
                let Some(numeral) = numeral else { break };
                let next = buffers.numerals.get(token - first + place + 1).copied().flatten();
                if *numeral == Numeral::Joint && !Numeral::joins(buffers.run.last(), next) {
                    break;
                }
                buffers.run.push(*numeral);
            }
            if buffers.run.is_empty() {
                token += 1;
            } else {
                let run = token..token + buffers.run.len();
                slot::numbers(run.clone(), &buffers.run, &mut self.marks, &mut self.counted);
                token = run.end;
            }
        }
        mark_each(slot::QUOTED, first, &buffers.quoted, &mut self.marks);
        mark_each(slot::NAME, first, &buffers.names, &mut self.marks);
        mark_each(slot::OWN_NAME, first, &buffers.own_names, &mut self.marks);
        for (token, how) in (first..).zip(&buffers.interrogatives) {
            if let Some(how) = how {
                slot::run(slot::QUESTION, token..token + 1, *how, &mut self.marks);
            }
        }
        for sentence in &self.sentences[first_sentence..] {
            let last = sentence.tokens.end - 1;
            if sentence.asks && buffers.interrogatives[last - first].is_none() {
                slot::run(slot::QUESTION, last..last + 1, How::Exact, &mut self.marks);
            }
        }
    }

    /// The classes of a token, ascending.
    pub(crate) fn known(&self, token: usize) -> &[Known] {
        self.tokens
            .get(token)
            .and_then(|token| self.pool.get(token.known.start as usize..token.known.end as usize))
            .unwrap_or_default()
    }

    /// Whether a token has one of `wanted`, which is ascending, and how it came to it.
    pub(crate) fn has(&self, token: usize, wanted: &[Class]) -> Option<How> {
        let known = self.known(token).iter();
        match wanted {
            [one] => known.filter(|known| known.class() == *one).map(|known| known.how()).min(),
            _ => known
                .filter(|known| wanted.binary_search(&known.class()).is_ok())
                .map(|known| known.how())
                .min(),
        }
    }

    /// Which of the 64 tokens from `token` on are weak; the first is bit 0.
    pub(crate) fn weak_from(&self, token: usize) -> u64 {
        bits_from(&self.weak, token)
    }

    /// Which of the 64 tokens before `token` are weak; the nearest is bit 0.
    pub(crate) fn weak_before(&self, token: usize) -> u64 {
        bits_before(&self.weak, token)
    }

    /// The number that starts at a token, if one with a value does.
    pub(crate) fn number_at(&self, token: usize) -> Option<&Counted> {
        let at =
            self.counted.binary_search_by_key(&(token as u32), |counted| counted.token).ok()?;
        self.counted.get(at)
    }
}

/// Marks the runs of the tokens from `first` that are something, each as sure as its least sure token.
fn mark_each(slot: SlotId, first: usize, is: &[Option<How>], marks: &mut Vec<Mark>) {
    let mut at = 0;
    while at < is.len() {
        let start = at;
        let mut how = How::Exact;
        while let Some(Some(this)) = is.get(at) {
            how = how.max(*this);
            at += 1;
        }
        if start < at {
            slot::run(slot, first + start..first + at, how, marks);
        }
        at += 1;
    }
}

fn opens_quotation(word: &str) -> bool {
    word.contains(['«', '“', '„']) || (word.starts_with('"') && word.len() > 1)
}

fn closes_quotation(word: &str) -> bool {
    word.trim_end_matches(['.', ',', '!', '?', '…']).ends_with(['»', '”', '"'])
}
