//! A call as rules see it: tokens with their classes, sentences, turns.
//!
//! Made once for each call. Rules look at numbers from here on; text is needed again only for
//! quotes.

use std::ops::Range;

use crate::call::{Span, Speaker};
use crate::rules::lexicon::{Class, INTERROGATIVE, Lexicon, NUMBER};
use crate::rules::token::{pieces, sentence_end};
use crate::transcript::Turn;

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Index of its turn.
    pub(crate) turn: u32,
    /// Index of its word in the turn.
    pub(crate) word: u32,
    /// No gap is counted over it.
    pub(crate) weak: bool,
    /// A number, in digits or in words.
    pub(crate) number: bool,
    /// Inside quotation marks.
    pub(crate) quoted: bool,
    /// Where its classes lie in the pool.
    classes: Range<u32>,
}

/// One turn.
#[derive(Clone, Debug)]
pub(crate) struct TalkTurn {
    pub(crate) speaker: Speaker,
    pub(crate) span: Span,
    pub(crate) tokens: Range<usize>,
    pub(crate) sentences: Range<usize>,
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
    pool: Vec<Class>,
    /// From the first word to the last.
    pub(crate) span: Span,
}

impl Talk {
    pub(crate) fn new(turns: &[Turn], lexicon: &Lexicon) -> Self {
        let mut talk = Self::default();
        for turn in turns {
            talk.read(turn, lexicon);
        }
        talk.span = Span::new(
            turns.iter().map(|turn| turn.span.start_ms).min().unwrap_or_default(),
            turns.iter().map(|turn| turn.span.end_ms).max().unwrap_or_default(),
        );
        talk
    }

    fn read(&mut self, turn: &Turn, lexicon: &Lexicon) {
        let number = self.turns.len() as u32;
        let (first, first_sentence) = (self.tokens.len(), self.sentences.len());
        let (mut start, mut marked, mut quoted) = (first, false, false);
        for (index, word) in turn.words.iter().enumerate() {
            let opens = word.text.contains(['«', '“', '„']);
            quoted |= opens || (word.text.starts_with('"') && word.text.len() > 1);
            for piece in pieces(&word.text, lexicon.suffixes()) {
                let from = self.pool.len() as u32;
                lexicon.classes(&piece.text, &mut self.pool);
                let classes = from..self.pool.len() as u32;
                let in_words = self.pool[from as usize..].contains(&NUMBER);
                self.tokens.push(Token {
                    turn: number,
                    word: index as u32,
                    weak: lexicon.is_weak(&piece.text),
                    number: piece.number || in_words,
                    quoted,
                    classes,
                });
            }
            let tail = word.text.trim_end_matches(['.', ',', '!', '?', '…']);
            quoted &= !tail.ends_with(['»', '”', '"']);
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
            let asks = !marked
                && (start..self.tokens.len()).any(|token| self.has(token, &[INTERROGATIVE]));
            self.sentences.push(Sentence { tokens: start..self.tokens.len(), asks });
        }
        self.turns.push(TalkTurn {
            speaker: turn.speaker,
            span: turn.span,
            tokens: first..self.tokens.len(),
            sentences: first_sentence..self.sentences.len(),
        });
    }

    /// The classes of a token, ascending.
    pub(crate) fn classes(&self, token: usize) -> &[Class] {
        self.tokens
            .get(token)
            .and_then(|token| {
                self.pool.get(token.classes.start as usize..token.classes.end as usize)
            })
            .unwrap_or_default()
    }

    /// Whether a token has one of `wanted`, which is ascending.
    pub(crate) fn has(&self, token: usize, wanted: &[Class]) -> bool {
        self.classes(token).iter().any(|class| wanted.binary_search(class).is_ok())
    }
}
