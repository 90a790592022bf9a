//! W3C trace context: what a caller sent, or a new trace (OBS-03).

use std::fmt;

/// Longest `tracestate` that is passed on, in bytes.
const MOST_STATE: usize = 512;
/// The flag that says that spans of the trace are recorded.
const SAMPLED: u8 = 1;

/// The place of one request in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The trace, as the caller named it, or new.
    id: u128,
    /// This request's own span.
    span: u64,
    /// The caller's span, where he sent one.
    caller: Option<u64>,
    /// Flags as they came, or of a new trace.
    flags: u8,
    /// `tracestate` of the caller, passed on unread.
    state: Option<String>,
}

impl Trace {
    /// The trace of a request with these `traceparent` and `tracestate` fields. Anything but exactly one
    /// well-formed `traceparent` begins a new trace, whose state is nobody's; the fields of a state are one list
    /// (Trace Context 3.3).
    pub fn continued<'a>(
        mut parents: impl Iterator<Item = &'a [u8]>,
        states: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let given = match (parents.next(), parents.next()) {
            (Some(parent), None) => parent_of(parent),
            _ => None,
        };
        let Some((id, caller, flags)) = given else {
            return Self::begun();
        };
        let visible = |state: &String| {
            (1..=MOST_STATE).contains(&state.len()) && state.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        };
        let states: Vec<&[u8]> = states.collect();
        Self {
            id,
            span: rand::random_range(1..=u64::MAX),
            caller: Some(caller),
            flags,
            state: String::from_utf8(states.join(&b',')).ok().filter(visible),
        }
    }

    /// A new trace.
    pub fn begun() -> Self {
        Self {
            id: rand::random_range(1..=u128::MAX),
            span: rand::random_range(1..=u64::MAX),
            caller: None,
            flags: 0,
            state: None,
        }
    }

    /// Samples this share of the traces that begin here; for others their callers have decided. By the id, so
    /// that it costs no chance of its own.
    pub fn sample(&mut self, share: f64) {
        let chance = u32::try_from(self.id & u128::from(u32::MAX)).unwrap_or(u32::MAX);
        if self.caller.is_none() && f64::from(chance) < share * 2_f64.powi(32) {
            self.flags |= SAMPLED;
        }
    }

    /// Whether its spans are recorded.
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// Trace, own span, caller's span and flags, for the span that is sent.
    pub(super) const fn place(&self) -> (u128, u64, Option<u64>, u8) {
        (self.id, self.span, self.caller, self.flags)
    }

    /// The trace as 32 hexadecimal digits.
    pub fn id(&self) -> impl fmt::Display + use<> {
        Hex::<32>(self.id)
    }

    /// The span as 16 hexadecimal digits.
    pub fn span(&self) -> impl fmt::Display + use<> {
        Hex::<16>(u128::from(self.span))
    }

    /// `traceparent` for a call that this request makes.
    pub fn parent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.id(), self.span(), self.flags)
    }

    /// `tracestate` for a call that this request makes.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

struct Hex<const DIGITS: usize>(u128);

impl<const DIGITS: usize> fmt::Display for Hex<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}

/// Trace, span and flags of a well-formed `traceparent`. A later version than 00 is read as far as 00 goes and
/// may go on after a hyphen; `ff` is none (Trace Context 3.2.2).
fn parent_of(field: &[u8]) -> Option<(u128, u64, u8)> {
    let (parent, rest) = field.split_at_checked(55)?;
    let lower = |text: &[u8]| text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = parent.split(|byte| *byte == b'-');
    let (version, id, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let formed = [(version, 2), (id, 32), (span, 16), (flags, 2)]
        .iter()
        .all(|(part, length)| part.len() == *length && lower(part));
    let ends = match version {
        b"ff" => false,
        b"00" => rest.is_empty(),
        _ => rest.first().is_none_or(|byte| *byte == b'-'),
    };
    if !formed || !ends {
        return None;
    }
    let number = |text: &[u8]| u128::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok();
    let id = number(id).filter(|id| *id != 0)?;
    let span = u64::try_from(number(span)?).ok().filter(|span| *span != 0)?;
    Some((id, span, u8::try_from(number(flags)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    fn read(parents: &[&str], state: Option<&str>) -> Trace {
        Trace::continued(
            parents.iter().map(|text| text.as_bytes()),
            state.into_iter().map(str::as_bytes),
        )
    }

    #[test]
    fn a_well_formed_parent_is_continued_with_a_span_of_its_own() {
        for parent in [
            format!("00-{ID}-b7ad6b7169203331-01"),
            format!("cc-{ID}-b7ad6b7169203331-01"),
            format!("01-{ID}-b7ad6b7169203331-01-what-comes-later"),
        ] {
            let trace = read(&[&parent], Some("vendor=1"));
            assert_eq!(trace.id().to_string(), ID, "{parent}");
            assert_eq!(trace.state(), Some("vendor=1"));
            let onward = trace.parent();
            assert!(onward.starts_with(&format!("00-{ID}-")) && onward.ends_with("-01"));
            assert!(!onward.contains("b7ad6b7169203331"), "{onward}");
        }
    }

    #[test]
    fn anything_else_begins_a_new_trace() {
        let good = format!("00-{ID}-b7ad6b7169203331-01");
        let bad = [
            vec![],
            vec![good.clone(), good.clone()],
            vec![String::new()],
            vec![format!("00-{}-b7ad6b7169203331-01", "0".repeat(32))],
            vec![format!("00-{ID}-{}-01", "0".repeat(16))],
            vec![format!("ff-{ID}-b7ad6b7169203331-01")],
            vec![format!("00-{}-b7ad6b7169203331-01", ID.to_uppercase())],
            vec![format!("00-{ID}-b7ad6b7169203331-01-more")],
            vec![format!("01-{ID}-b7ad6b7169203331-01more")],
            vec![format!("00-{ID}-b7ad6b7169203331-0")],
            vec![format!("00-{ID}-b7ad6b716920333-001")],
            vec![format!("00-{ID}\r\n{}", "x".repeat(60))],
            vec!["é".repeat(40)],
        ];
        for parents in bad {
            let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
            let (one, other) = (read(&parents, Some("vendor=1")), read(&parents, Some("vendor=1")));
            assert_ne!(one.id().to_string(), ID, "{parents:?}");
            assert_ne!(one.id().to_string(), other.id().to_string());
            assert_eq!(one.state(), None, "the state of an unknown parent");
            assert_eq!(
                (one.id().to_string().len(), one.span().to_string().len()),
                (32, 16)
            );
        }
    }

    #[test]
    fn who_begins_a_trace_decides_whether_it_is_sampled() {
        for (flags, sampled) in [("00", false), ("01", true), ("03", true), ("02", false)] {
            let mut trace = read(&[&format!("00-{ID}-b7ad6b7169203331-{flags}")], None);
            trace.sample(if sampled { 0.0 } else { 1.0 });
            assert_eq!(trace.is_sampled(), sampled, "{flags}");
            assert!(trace.parent().ends_with(flags));
        }
        let sampled = |share: f64| {
            let traces = (0..4000).map(|_| {
                let mut trace = Trace::begun();
                trace.sample(share);
                trace
            });
            traces.filter(Trace::is_sampled).count()
        };
        assert_eq!((sampled(0.0), sampled(1.0)), (0, 4000));
        assert!((500..1500).contains(&sampled(0.25)), "a quarter");
    }

    #[test]
    fn a_state_in_several_fields_is_one_list() {
        let parent = format!("00-{ID}-b7ad6b7169203331-00");
        let states = [&b"vendor=1"[..], b"other=2,third=3"];
        let trace = Trace::continued([parent.as_bytes()].into_iter(), states.into_iter());
        assert_eq!(trace.state(), Some("vendor=1,other=2,third=3"));
    }

    #[test]
    fn a_long_or_odd_state_is_not_passed_on() {
        let parent = format!("00-{ID}-b7ad6b7169203331-00");
        assert!(read(&[&parent], Some(&"x".repeat(512))).state().is_some());
        for state in ["x".repeat(513), "a\r\nb".to_owned(), String::new()] {
            assert_eq!(read(&[&parent], Some(&state)).state(), None);
        }
    }
}
