//! Words to tokens: one way of writing for rules and transcripts.
//!
//! Recognizers differ in capitals, punctuation, ё, hyphens, look-alike letters and in how they glue a number to its
//! unit, people in particles. What a rule sees is lower case with ё as е and nothing but letters and digits; which
//! particles weigh nothing is said in the rulebook. Word forms are none of this module's business.
//!
//! A call has thousands of words and most of them are plain: [`Reader`] keeps its buffers, so that such a word costs
//! no allocation.

/// One token of a word: most words give exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Lower case, ё as е.
    pub(crate) text: String,
    /// Digits only (with `.`, `,` or `:` between them).
    pub(crate) number: bool,
}

/// What making tokens has to know of a language.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spelling {
    /// What is dropped after a hyphen.
    pub(crate) suffixes: Vec<String>,
    /// The language is written in Latin letters: none of them stands for a Cyrillic one that looks so, and a unit in Latin
    /// letters is parted from its number.
    pub(crate) latin: bool,
}

impl Spelling {
    /// Of a language by its code (`ru`, `en`).
    pub(crate) fn of(lang: &str, suffixes: Vec<String>) -> Self {
        const CYRILLIC: [&str; 9] = ["ru", "be", "bg", "kk", "ky", "mk", "sr", "tg", "uk"];
        Self { suffixes, latin: !CYRILLIC.contains(&lang) }
    }
}

/// The tokens of one word as written in a rule; a call's words go through a [`Reader`].
///
/// Hyphens part a word; a part that is a suffix (`-то`, `-ка`) is dropped. `%` and signs of money are tokens.
pub(crate) fn pieces(word: &str, spelling: &Spelling) -> Vec<Piece> {
    let mut reader = Reader::default();
    reader.read(word, spelling);
    reader.pieces().map(|(text, number)| Piece { text: text.to_owned(), number }).collect()
}

/// Signs that are tokens by themselves.
const SIGNS: [char; 5] = ['%', '₽', '€', '$', '£'];

/// Parts words into tokens, with buffers that are used again.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    text: String,
    /// Ends of the tokens in `text`, and whether each is a number.
    ends: Vec<(usize, bool)>,
    /// What is in the token that is being read.
    latin: bool,
    cyrillic: bool,
    digits: bool,
}

impl Reader {
    /// Reads one word; [`Reader::pieces`] are its tokens until the next one is read.
    pub(crate) fn read(&mut self, word: &str, spelling: &Spelling) {
        self.text.clear();
        self.ends.clear();
        self.begin();
        let mut after_hyphen = false;
        let mut before = '\0';
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                'а'..='я' => self.cyrillic(c),
                'А'..='Я' => self.cyrillic(char::from_u32(c as u32 + 32).unwrap_or(c)),
                'ё' | 'Ё' => self.cyrillic('е'),
                'a'..='z' | 'A'..='Z' => {
                    if spelling.latin {
                        self.part_unit();
                    }
                    self.latin = true;
                    self.text.push(c.to_ascii_lowercase());
                }
                '0'..='9' => {
                    if self.cyrillic || self.latin {
                        // «b2b» is one name.
                        self.text.push(c);
                    } else {
                        self.digits = true;
                        self.text.push(c);
                    }
                }
                '.' | ',' | ':'
                    if before.is_ascii_digit()
                        && self.only_digits()
                        && chars.peek().is_some_and(char::is_ascii_digit) =>
                {
                    self.text.push(c);
                }
                // A breve over и is й; other marks over letters are accents, and a soft hyphen is none.
                '\u{306}' if self.text.ends_with('и') => {
                    self.text.pop();
                    self.text.push('й');
                }
                '\u{300}'..='\u{36f}' | '\u{ad}' => {}
                _ if c.is_alphanumeric() => self.text.extend(c.to_lowercase()),
                _ => {
                    self.close(after_hyphen, spelling);
                    after_hyphen = matches!(c, '-' | '\u{2010}' | '\u{2011}');
                    if SIGNS.contains(&c) {
                        self.text.push(c);
                        self.ends.push((self.text.len(), false));
                    }
                }
            }
            before = c;
        }
        self.close(after_hyphen, spelling);
    }

    /// The tokens of the word that was read last: text, and whether it is a number in digits.
    pub(crate) fn pieces(&self) -> impl ExactSizeIterator<Item = (&str, bool)> {
        (0..self.ends.len()).map(|index| {
            let (end, number) = self.ends[index];
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before].0);
            (self.text.get(start..end).unwrap_or_default(), number)
        })
    }

    fn begin(&mut self) {
        (self.latin, self.cyrillic, self.digits) = (false, false, false);
    }

    fn start(&self) -> usize {
        self.ends.last().map_or(0, |(end, _)| *end)
    }

    fn only_digits(&self) -> bool {
        self.digits && !self.cyrillic && !self.latin
    }

    fn cyrillic(&mut self, lower: char) {
        self.part_unit();
        self.cyrillic = true;
        self.text.push(lower);
    }

    /// «20к», «5мин»: a number and its unit.
    fn part_unit(&mut self) {
        if self.only_digits() {
            self.ends.push((self.text.len(), true));
            self.digits = false;
        }
    }

    fn close(&mut self, after_hyphen: bool, spelling: &Spelling) {
        let start = self.start();
        let Some(text) = self.text.get(start..).filter(|text| !text.is_empty()) else {
            return self.begin();
        };
        if after_hyphen && start > 0 && spelling.suffixes.iter().any(|suffix| suffix == text) {
            self.text.truncate(start);
            return self.begin();
        }
        let number = self.only_digits();
        let mixed = self.cyrillic || text.starts_with(|c: char| c.is_ascii_digit());
        if self.latin && mixed && !spelling.latin {
            self.fold_look_alikes(start);
        }
        self.ends.push((self.text.len(), number));
        self.begin();
    }

    /// Latin letters of a word in two scripts become the Cyrillic ones that look so: «cкидка», «1c».
    ///
    /// A word in Latin letters alone stays, and so does one that has a letter which looks like no other («3d»).
    fn fold_look_alikes(&mut self, start: usize) {
        let Some(text) = self.text.get(start..) else { return };
        let folded: Option<String> = text.chars().map(look_alike).collect();
        if let Some(folded) = folded {
            self.text.truncate(start);
            let digits = folded.chars().take_while(char::is_ascii_digit).count();
            let (number, rest) = folded.split_at(digits);
            if !number.is_empty() {
                self.text.push_str(number);
                self.ends.push((self.text.len(), true));
            }
            self.text.push_str(rest);
        }
    }
}

/// The Cyrillic letter that a Latin one looks like; other letters as they are; nothing for a Latin letter like no other.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        'i' => 'и',
        'a'..='z' => return None,
        other => other,
    })
}

/// The value of a number in digits: «16.520» and «16 520» are thousands, «2,5» is two and a half, «9:30» has none.
pub(crate) fn value_of_digits(text: &str) -> Option<f64> {
    if text.contains(':') {
        return None;
    }
    let mut parts = text.split(['.', ',']);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    // Three digits after each sign group thousands; anything else is a fraction.
    if rest.iter().all(|part| part.len() == 3) && first.len() <= 3 && first != "0" {
        return [first].iter().chain(&rest).copied().collect::<String>().parse().ok();
    }
    match rest.as_slice() {
        [] => first.parse().ok(),
        [fraction] => format!("{first}.{fraction}").parse().ok(),
        _ => None,
    }
}

/// Whether a word ends a sentence, and whether as a question.
pub(crate) fn sentence_end(word: &str) -> Option<bool> {
    let tail = word.trim_end_matches(['»', '"', '”', ')', '\'']);
    match tail.chars().next_back() {
        Some('?') => Some(true),
        // `…` is a pause as often as an end, but a question does not go on over it.
        Some('.' | '!' | '…') => Some(tail.ends_with("?!") || tail.ends_with("?..")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: &[&str]) {
        let suffixes = ["то", "ка", "го"].map(str::to_owned).to_vec();
        check_in(&Spelling::of("ru", suffixes), word, expected);
    }

    #[track_caller]
    fn check_in(spelling: &Spelling, word: &str, expected: &[&str]) {
        let texts: Vec<String> =
            pieces(word, spelling).into_iter().map(|piece| piece.text).collect();
        assert_eq!(texts, expected, "{word}");
    }

    #[test]
    fn in_a_language_in_latin_letters_none_of_them_is_taken_for_another() {
        let english = Spelling::of("en", Vec::new());
        check_in(&english, "5pm", &["5", "pm"]);
        check_in(&english, "20k", &["20", "k"]);
        check_in(&english, "1st", &["1", "st"]);
        check_in(&english, "b2b", &["b2b"]);
        check_in(&english, "don’t", &["don", "t"]);
        check_in(&english, "£500", &["£", "500"]);
    }

    #[test]
    fn case_punctuation_and_yo_do_not_matter() {
        check("«Счёт!»", &["счет"]);
        check("…", &[]);
        check("Straße", &["straße"]);
    }

    #[test]
    fn accents_and_letters_in_two_parts_do_not_matter() {
        check("це\u{301}ны", &["цены"]);
        check("мои\u{306}", &["мой"]);
        check("сче\u{308}т", &["счет"]);
        check("дого\u{ad}вор", &["договор"]);
    }

    #[test]
    fn particles_after_a_hyphen_are_dropped_and_other_parts_are_kept() {
        check("что-то", &["что"]);
        check("скажите-ка,", &["скажите"]);
        check("интернет-магазин", &["интернет", "магазин"]);
        check("то", &["то"]);
        check("-то", &["то"]);
        check("2-го", &["2"]);
    }

    #[test]
    fn numbers_keep_the_sign_between_their_digits() {
        check("16.520", &["16.520"]);
        check("9:30,", &["9:30"]);
        check("10%", &["10", "%"]);
        check("500₽", &["500", "₽"]);
        let numbers =
            |word: &str| pieces(word, &Spelling::default()).iter().all(|piece| piece.number);
        assert!(numbers("9:30") && !numbers("3d") && !numbers("b2b"));
    }

    #[test]
    fn a_number_is_parted_from_its_unit() {
        check("20к", &["20", "к"]);
        check("5мин.", &["5", "мин"]);
    }

    #[test]
    fn look_alike_letters_are_folded_in_words_of_two_scripts_only() {
        check("cкидка", &["скидка"]);
        check("CPM", &["cpm"]);
        check("1c", &["1", "с"]);
        check("1с", &["1", "с"]);
        check("3d", &["3d"]);
    }

    #[test]
    fn digits_have_a_value() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(value_of_digits(text), expected);
        check("25", Some(25.0));
        check("16.520", Some(16_520.0));
        check("1.200.000", Some(1_200_000.0));
        check("2,5", Some(2.5));
        check("0,125", Some(0.125));
        check("9:30", None);
    }

    #[test]
    fn a_question_mark_ends_a_sentence_as_a_question() {
        assert_eq!(sentence_end("удобно?»"), Some(true));
        assert_eq!(sentence_end("да."), Some(false));
        assert_eq!(sentence_end("да,"), None);
    }
}
