//! Words that sound alike: what a recognizer may have made of a word of the rules.
//!
//! Asked only for a token that is no word of the dictionary, or that the recognizer itself doubts: two real words said
//! well are never joined, however alike they sound («дорого» and «дорога»). A word becomes phonemes as unstressed
//! vowels and voiceless endings are said; two words are alike when a weighted distance over phonemes is at most 0.15 of
//! the word's letters (in our trial 82 % of the misspellings and no false join behind that gate).
//!
//! No list is walked: words lie in a table by their consonants, and a token asks for its own consonants and for
//! those with one put in, left out or replaced. So two changed consonants are not found; the limit seldom allows
//! them. The sounds are Russian; other languages go without.

use crate::rules::hash::QuickMap;
use crate::rules::lexicon::Class;

/// Words with fewer letters are too much like others.
pub(crate) const MIN_LETTERS: usize = 5;
/// The most distance for a letter.
const LIMIT_PER_LETTER: f32 = 0.15;
/// More consonants than this are no word of a rule.
const MAX_CONSONANTS: usize = 14;
const MAX_PHONEMES: usize = 32;

/// A word as it sounds: one byte a phoneme, vowels first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    phonemes: [u8; MAX_PHONEMES],
    len: u8,
    letters: u8,
}

const A: u8 = 0;
const I: u8 = 1;
const U: u8 = 2;
/// The phonemes in the order of their codes.
const PHONEMES: [char; 23] = [
    'а', 'и', 'у', 'б', 'п', 'в', 'ф', 'г', 'к', 'х', 'д', 'т', 'ж', 'ш', 'щ', 'з', 'с', 'ц', 'ч',
    'м', 'н', 'л', 'р',
];
/// Pairs of voiced and voiceless, by letter.
const VOICED: [(char, char); 6] =
    [('б', 'п'), ('в', 'ф'), ('г', 'к'), ('д', 'т'), ('ж', 'ш'), ('з', 'с')];
/// Said near to one another.
const NEAR: [(char, char); 14] = [
    ('ш', 'щ'),
    ('с', 'ш'),
    ('с', 'ц'),
    ('т', 'ц'),
    ('ц', 'ч'),
    ('т', 'ч'),
    ('ч', 'щ'),
    ('к', 'х'),
    ('г', 'х'),
    ('п', 'ф'),
    ('м', 'н'),
    ('л', 'р'),
    ('з', 'ж'),
    ('в', 'л'),
];
/// What is said of clusters; the first that fits is taken.
const CLUSTERS: [(&str, &str); 17] = [
    ("вств", "ств"),
    ("стн", "сн"),
    ("здн", "зн"),
    ("рдц", "рц"),
    ("лнц", "нц"),
    ("стл", "сл"),
    ("ться", "ца"),
    ("тся", "ца"),
    ("сч", "щ"),
    ("зч", "щ"),
    ("жч", "щ"),
    ("тч", "ч"),
    ("тс", "ц"),
    ("дс", "ц"),
    ("ие", "е"),
    ("ье", "е"),
    ("ия", "я"),
];

impl Sound {
    /// Of a word in Cyrillic letters; nothing for other words, and for those that are too short or too long.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let letters = word.chars().count();
        if !(MIN_LETTERS..=MAX_PHONEMES).contains(&letters) {
            return None;
        }
        Self::said(word, true).map(|sound| Self { letters: letters as u8, ..sound })
    }

    /// Of the beginning of a word, whose last consonant stays voiced.
    pub(crate) fn of_start(start: &str) -> Option<Self> {
        let letters = start.chars().count();
        if !(MIN_LETTERS..=MAX_PHONEMES).contains(&letters) {
            return None;
        }
        Self::said(start, false).map(|sound| Self { letters: letters as u8, ..sound })
    }

    fn said(word: &str, whole: bool) -> Option<Self> {
        let mut codes = [0_u8; MAX_PHONEMES];
        let mut len = 0;
        let mut rest = word;
        while let Some(c) = rest.chars().next() {
            let (said, eaten) = next_said(rest, c);
            rest = rest.get(eaten..).unwrap_or_default();
            for c in said.chars() {
                let Some(code) = phoneme(c)? else { continue };
                // A doubled letter is said once.
                if len > 0 && codes[len - 1] == code {
                    continue;
                }
                *codes.get_mut(len)? = code;
                len += 1;
            }
        }
        // Voiced becomes voiceless at the end and before a voiceless one.
        let mut before_voiceless = whole;
        for index in (0..len).rev() {
            if before_voiceless && let Some(code) = voiceless(codes[index]) {
                codes[index] = code;
            }
            before_voiceless = is_voiceless(codes[index]);
        }
        (len > 0).then_some(Self { phonemes: codes, len: len as u8, letters: 0 })
    }

    /// The phonemes.
    pub(crate) fn phonemes(&self) -> &[u8] {
        &self.phonemes[..usize::from(self.len)]
    }

    /// The consonants with voiced and voiceless as one, four bits each, and how many.
    fn consonants(&self) -> Option<([u8; MAX_CONSONANTS], usize)> {
        let mut kinds = [0; MAX_CONSONANTS];
        let mut len = 0;
        for code in self.phonemes().iter().filter(|code| **code > U) {
            *kinds.get_mut(len)? = KINDS[usize::from(*code)];
            len += 1;
        }
        Some((kinds, len))
    }
}

/// What is said at the head of `rest`, which starts with `c`, and how many bytes that is.
fn next_said(rest: &str, c: char) -> (&str, usize) {
    // Forty thousand forms of a rulebook come through here, and few of their letters begin anything.
    match c {
        'в' | 'д' | 'ж' | 'з' | 'и' | 'л' | 'р' | 'с' | 'т' | 'ь' => {
            for (cluster, said) in CLUSTERS {
                if rest.starts_with(cluster) {
                    return (said, cluster.len());
                }
            }
            if rest == "ья" {
                return ("я", rest.len());
            }
        }
        'о' if rest == "ого" => return ("ово", rest.len()),
        'е' if rest == "его" => return ("ево", rest.len()),
        _ => {}
    }
    (rest.get(..c.len_utf8()).unwrap_or_default(), c.len_utf8())
}

/// The code of a letter; `Some(None)` for one that is not said, `None` for one of another script.
#[expect(clippy::option_option, reason = "three answers, and the caller asks for them with `?`")]
fn phoneme(c: char) -> Option<Option<u8>> {
    Some(match c {
        'а' | 'о' => Some(A),
        'е' | 'и' | 'э' | 'ы' | 'я' => Some(I),
        'у' | 'ю' => Some(U),
        'ь' | 'ъ' | 'й' => None,
        _ => return PHONEMES.iter().position(|letter| *letter == c).map(|code| Some(code as u8)),
    })
}

const fn code_of(letter: char) -> u8 {
    let mut code = 0;
    while code < PHONEMES.len() {
        if PHONEMES[code] as u32 == letter as u32 {
            return code as u8;
        }
        code += 1;
    }
    0
}

/// Kind of a consonant by code: pairs of voiced and voiceless share one, and so do г, к and х; 1 to 13.
const KINDS: [u8; PHONEMES.len()] = {
    let mut kinds = [0; PHONEMES.len()];
    let of: [(&[char], u8); 13] = [
        (&['б', 'п'], 1),
        (&['в', 'ф'], 2),
        (&['г', 'к', 'х'], 3),
        (&['д', 'т'], 4),
        (&['ж', 'ш'], 5),
        (&['щ'], 6),
        (&['з', 'с'], 7),
        (&['ц'], 8),
        (&['ч'], 9),
        (&['м'], 10),
        (&['н'], 11),
        (&['л'], 12),
        (&['р'], 13),
    ];
    let mut row = 0;
    while row < of.len() {
        let mut letter = 0;
        while letter < of[row].0.len() {
            kinds[code_of(of[row].0[letter]) as usize] = of[row].1;
            letter += 1;
        }
        row += 1;
    }
    kinds
};
const KIND_COUNT: u8 = 13;

/// What it costs to take one phoneme for another, in hundredths.
const SWAP: [[u8; PHONEMES.len()]; PHONEMES.len()] = {
    let mut costs = [[100; PHONEMES.len()]; PHONEMES.len()];
    let mut code = 0;
    while code < PHONEMES.len() {
        costs[code][code] = 0;
        code += 1;
    }
    let mut one = 0;
    while one <= U as usize {
        let mut other = 0;
        while other <= U as usize {
            if one != other {
                costs[one][other] = 50;
            }
            other += 1;
        }
        one += 1;
    }
    let mut row = 0;
    while row < NEAR.len() {
        let (one, other) = (code_of(NEAR[row].0) as usize, code_of(NEAR[row].1) as usize);
        costs[one][other] = 60;
        costs[other][one] = 60;
        row += 1;
    }
    let mut row = 0;
    while row < VOICED.len() {
        let (one, other) = (code_of(VOICED[row].0) as usize, code_of(VOICED[row].1) as usize);
        costs[one][other] = 30;
        costs[other][one] = 30;
        row += 1;
    }
    costs
};

fn voiceless(code: u8) -> Option<u8> {
    let letter = PHONEMES.get(usize::from(code))?;
    VOICED.iter().find(|(voiced, _)| voiced == letter).map(|(_, voiceless)| code_of(*voiceless))
}

fn is_voiceless(code: u8) -> bool {
    matches!(
        PHONEMES.get(usize::from(code)),
        Some('п' | 'ф' | 'к' | 'х' | 'т' | 'ш' | 'щ' | 'с' | 'ц' | 'ч')
    )
}

/// What it costs to put a phoneme in or leave it out.
fn lone(code: u8) -> f32 {
    if code <= U { 0.7 } else { 1.0 }
}

/// The distance of two words, or nothing where it is above `limit`.
fn distance(one: &[u8], other: &[u8], limit: f32) -> Option<f32> {
    if one.len().abs_diff(other.len()) as f32 * 0.7 > limit {
        return None;
    }
    let begins = if one.first() == other.first() { 0.0 } else { 0.5 };
    let mut row = [0.0_f32; MAX_PHONEMES + 1];
    for (index, code) in other.iter().enumerate() {
        row[index + 1] = row[index] + lone(*code);
    }
    for from in one {
        let mut diagonal = row[0];
        row[0] += lone(*from);
        let mut least = row[0];
        for (index, to) in other.iter().enumerate() {
            let swap = diagonal + f32::from(SWAP[usize::from(*from)][usize::from(*to)]) / 100.0;
            diagonal = row[index + 1];
            row[index + 1] = swap.min(diagonal + lone(*from)).min(row[index] + lone(*to));
            least = least.min(row[index + 1]);
        }
        if least + begins > limit {
            return None;
        }
    }
    let sum = row[other.len()] + begins;
    (sum <= limit + 1e-4).then_some(sum)
}

/// One word of the rules.
#[derive(Debug)]
struct Known {
    /// Where its phonemes lie.
    from: u32,
    len: u8,
    classes: (u32, u32),
}

/// The words of a rulebook by their consonants.
#[derive(Debug, Default)]
pub(crate) struct Sounds {
    by_consonants: QuickMap<u64, Vec<u32>>,
    known: Vec<Known>,
    phonemes: Vec<u8>,
    classes: Vec<Class>,
    /// Beginnings of words, exactly as they sound.
    starts: QuickMap<Box<[u8]>, Vec<Class>>,
}

impl Sounds {
    /// Adds a word and its classes; words without a sound are passed over.
    pub(crate) fn add(&mut self, word: &str, classes: &[Class]) {
        let Some(sound) = Sound::of(word) else { return };
        let Some((kinds, len)) = sound.consonants() else { return };
        let from = self.phonemes.len() as u32;
        self.phonemes.extend_from_slice(sound.phonemes());
        let first = self.classes.len() as u32;
        self.classes.extend_from_slice(classes);
        self.by_consonants.entry(packed(&kinds[..len])).or_default().push(self.known.len() as u32);
        self.known.push(Known {
            from,
            len: sound.len,
            classes: (first, self.classes.len() as u32),
        });
    }

    /// Adds the beginning of words.
    pub(crate) fn add_start(&mut self, start: &str, classes: &[Class]) {
        if let Some(sound) = Sound::of_start(start) {
            self.starts.entry(sound.phonemes().into()).or_default().extend_from_slice(classes);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.starts.is_empty()
    }

    /// The classes of the words that sound most like this one, if any is near enough.
    pub(crate) fn classes(&self, word: &str, into: &mut Vec<Class>) {
        let Some(sound) = Sound::of(word) else { return };
        let Some((kinds, len)) = sound.consonants() else { return };
        let limit = LIMIT_PER_LETTER * f32::from(sound.letters);
        let mut best = f32::INFINITY;
        let mut nearest: Vec<u32> = Vec::new();
        let mut look = |kinds: &[u8]| {
            for index in self.by_consonants.get(&packed(kinds)).into_iter().flatten() {
                let Some(known) = self.known.get(*index as usize) else { continue };
                let from = known.from as usize;
                let phonemes = self.phonemes.get(from..from + usize::from(known.len));
                let far = distance(sound.phonemes(), phonemes.unwrap_or_default(), limit.min(best));
                if let Some(far) = far {
                    if far < best - 1e-4 {
                        nearest.clear();
                        best = far;
                    }
                    nearest.push(*index);
                }
            }
        };
        let own = &kinds[..len];
        look(own);
        // One put in or left out costs 1, one replaced 0.6 at least.
        let mut other = [0; MAX_CONSONANTS + 1];
        if limit >= 0.6 {
            other[..len].copy_from_slice(own);
            for place in 0..len {
                for kind in (1..=KIND_COUNT).filter(|kind| *kind != own[place]) {
                    other[place] = kind;
                    look(&other[..len]);
                }
                other[place] = own[place];
            }
        }
        if limit >= 1.0 {
            for place in 0..len {
                other[..place].copy_from_slice(&own[..place]);
                other[place..len - 1].copy_from_slice(&own[place + 1..]);
                look(&other[..len - 1]);
            }
            for place in 0..=len {
                other[..place].copy_from_slice(&own[..place]);
                other[place + 1..=len].copy_from_slice(&own[place..]);
                for kind in 1..=KIND_COUNT {
                    other[place] = kind;
                    look(&other[..=len]);
                }
            }
        }
        // Two ways may lead to one word.
        nearest.sort_unstable();
        nearest.dedup();
        for index in nearest {
            let Some(known) = self.known.get(index as usize) else { continue };
            let (from, to) = known.classes;
            into.extend_from_slice(
                self.classes.get(from as usize..to as usize).unwrap_or_default(),
            );
        }
        for end in 1..=sound.phonemes().len() {
            if let Some(classes) = self.starts.get(&sound.phonemes()[..end]) {
                into.extend_from_slice(classes);
            }
        }
    }
}

/// Kinds of consonants as one number; a leading one keeps their count.
fn packed(kinds: &[u8]) -> u64 {
    kinds.iter().fold(1, |number, kind| number << 4 | u64::from(*kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cluster_is_looked_for_at_its_first_letter() {
        for (cluster, said) in CLUSTERS {
            let first = cluster.chars().next().unwrap();
            let (got, eaten) = next_said(cluster, first);
            // An earlier cluster may be the beginning of a later one, but not the whole of it.
            assert_eq!((got, eaten), (said, cluster.len()), "{cluster}");
        }
        assert_eq!(
            (next_said("ого", 'о').0, next_said("его", 'е').0, next_said("ья", 'ь').0),
            ("ово", "ево", "я")
        );
        assert_eq!(next_said("ограда", 'о'), ("о", 2));
    }

    fn far(one: &str, other: &str) -> Option<f32> {
        let (one, other) = (Sound::of(one).unwrap(), Sound::of(other).unwrap());
        distance(one.phonemes(), other.phonemes(), f32::INFINITY)
    }

    #[track_caller]
    fn check(rules: &[&str], said: &str, expected: &[Class]) {
        let mut sounds = Sounds::default();
        for (class, word) in rules.iter().enumerate() {
            match word.strip_suffix('*') {
                Some(start) => sounds.add_start(start, &[class as Class]),
                None => sounds.add(word, &[class as Class]),
            }
        }
        let mut found = Vec::new();
        sounds.classes(said, &mut found);
        assert_eq!(found, expected, "{said}");
    }

    #[test]
    fn what_sounds_the_same_has_no_distance() {
        for (one, other) in [
            ("кампания", "компания"),
            ("расрочка", "рассрочка"),
            ("здраствуйте", "здравствуйте"),
            ("договар", "договор"),
            ("гаронтия", "гарантия"),
        ] {
            assert_eq!(far(one, other), Some(0.0), "{one} {other}");
        }
    }

    #[test]
    fn distance_grows_with_what_is_heard_differently() {
        let near = far("витамины", "витомены").unwrap();
        let farther = far("витамины", "фитамины").unwrap();
        let farthest = far("витамины", "питаники").unwrap();
        assert!(near < farther && farther < farthest, "{near} {farther} {farthest}");
    }

    #[test]
    fn the_word_that_sounds_most_alike_is_found() {
        check(&["рассрочка", "отсрочка"], "расрочька", &[0]);
        check(&["возражение", "выражение"], "возрожение", &[0]);
        // One consonant left out, one put in, one replaced.
        check(&["предложение"], "предложене", &[0]);
        check(&["консультация"], "консутация", &[0]);
        check(&["менеджер"], "менетджер", &[0]);
        check(&["скидочка"], "скиточка", &[0]);
    }

    #[test]
    fn words_far_away_short_or_in_latin_are_not_found() {
        check(&["рассрочка"], "картошка", &[]);
        check(&["счет"], "щет", &[]);
        check(&["рассрочка"], "rassrochka", &[]);
    }

    #[test]
    fn a_beginning_is_found_as_it_sounds() {
        check(&["гарант*"], "горантию", &[0]);
        check(&["гарант*"], "гранату", &[]);
    }
}
