//! Changes of a kept input: bits, bytes, pieces left out, doubled or taken from another input, words of a list.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change. Places are parts of whatever the length is by then, so that changes shrink one by one.
#[derive(Debug, Clone)]
enum Edit {
    Flip(Index, u8),
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, u8),
    Double(Index, u8),
    Cut(Index),
    Splice(Index, Index, Index),
    Word(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 0..8_u8).prop_map(|(place, bit)| Edit::Flip(place, bit)),
        (
            at(),
            prop_oneof![Just(0), Just(0xff), Just(b'"'), Just(b'.'), any::<u8>()]
        )
            .prop_map(|(place, byte)| Edit::Put(place, byte)),
        (at(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(place, bytes)| Edit::Insert(place, bytes)),
        (at(), 1..32_u8).prop_map(|(place, length)| Edit::Remove(place, length)),
        (at(), 1..32_u8).prop_map(|(place, length)| Edit::Double(place, length)),
        at().prop_map(Edit::Cut),
        (at(), at(), at()).prop_map(|(place, other, from)| Edit::Splice(place, other, from)),
        (at(), at()).prop_map(|(place, word)| Edit::Word(place, word)),
        (at(), at()).prop_map(|(place, word)| Edit::Word(place, word)),
    ]
}

/// An input of the corpus with up to `most` changes; `words` are what the reader looks for. Says which it was.
pub fn mutated(
    corpus: Vec<Vec<u8>>,
    words: &'static [&'static [u8]],
    most: usize,
) -> impl Strategy<Value = (usize, Vec<u8>)> {
    let edits = prop::collection::vec(edit(), 0..=most);
    (0..corpus.len(), edits).prop_map(move |(chosen, edits)| {
        let mut bytes = corpus[chosen].clone();
        for edit in edits {
            apply(&mut bytes, &edit, &corpus, words);
        }
        (chosen, bytes)
    })
}

/// As [`mutated`], for what is text.
pub fn mutated_text(
    corpus: Vec<String>,
    words: &'static [&'static [u8]],
    most: usize,
) -> impl Strategy<Value = String> {
    let corpus = corpus.into_iter().map(String::into_bytes).collect();
    mutated(corpus, words, most).prop_map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit, corpus: &[Vec<u8>], words: &[&[u8]]) {
    let end = bytes.len();
    let place = |index: &Index| index.index(end + 1);
    let until = |from: usize, length: u8| (from + usize::from(length)).min(end);
    match edit {
        Edit::Flip(at, bit) if end > 0 => bytes[at.index(end)] ^= 1 << bit,
        Edit::Put(at, byte) if end > 0 => bytes[at.index(end)] = *byte,
        Edit::Flip(..) | Edit::Put(..) => {}
        Edit::Insert(at, new) => drop(bytes.splice(place(at)..place(at), new.iter().copied())),
        Edit::Remove(at, length) => drop(bytes.drain(place(at)..until(place(at), *length))),
        Edit::Double(at, length) => {
            let piece = bytes[place(at)..until(place(at), *length)].to_vec();
            bytes.splice(place(at)..place(at), piece);
        }
        Edit::Cut(at) => bytes.truncate(place(at)),
        Edit::Splice(at, other, from) => {
            let other = other.get(corpus);
            let rest = other[from.index(other.len() + 1)..].to_vec();
            bytes.truncate(place(at));
            bytes.extend(rest);
        }
        Edit::Word(at, word) if !words.is_empty() => {
            let word = word.get(words);
            bytes.splice(place(at)..place(at), word.iter().copied());
        }
        Edit::Word(..) => {}
    }
}
