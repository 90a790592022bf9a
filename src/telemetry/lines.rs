//! One line an event, whatever is in it: JSON for machines, text for people. Values from outside are cut
//! and made harmless, so that nobody writes lines of his own into the log (OBS-02).

use std::fmt::{self, Write as _};

use serde::ser::{SerializeMap as _, Serializer as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::seen;
use crate::domain::time::{Clock as _, SystemClock};

/// Most bytes of one value.
const MOST: usize = 1024;

/// How lines look.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    /// JSON, or text.
    pub json: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let line = if self.json { json(event) } else { Some(text(event)) };
        to.write_str(&line.ok_or(fmt::Error)?)?;
        to.write_char('\n')
    }
}

fn json(event: &Event<'_>) -> Option<String> {
    let mut line = Vec::with_capacity(512);
    write_json(event, &mut line).ok()?;
    String::from_utf8(line).ok()
}

fn write_json(event: &Event<'_>, line: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::new(line);
    let mut members = serializer.serialize_map(None)?;
    members.serialize_entry("time", &SystemClock.now())?;
    members.serialize_entry("level", event.metadata().level().as_str())?;
    members.serialize_entry("service", "thidua")?;
    members.serialize_entry("version", env!("CARGO_PKG_VERSION"))?;
    members.serialize_entry("target", event.metadata().target())?;
    let told = seen::with(|seen| {
        members.serialize_entry("trace_id", &format_args!("{}", seen.trace.id()))?;
        members.serialize_entry("span_id", &format_args!("{}", seen.trace.span()))?;
        members.serialize_entry("request_id", &seen.request_id)
    });
    told.transpose()?;
    let mut visitor = Members {
        failed: None,
        members: &mut members,
    };
    event.record(&mut visitor);
    if let Some(error) = visitor.failed {
        return Err(error);
    }
    members.end()
}

fn text(event: &Event<'_>) -> String {
    let mut words = Words(format!("{} {:>5}", SystemClock.now(), event.metadata().level()));
    event.record(&mut words);
    seen::with(|seen| write!(words.0, " request_id={}", seen.request_id));
    words.0
}

/// Cuts what is longer and stops there, so that a megabyte is not even formatted.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.len() >= MOST {
                self.0.push('…');
                return Err(fmt::Error);
            }
            self.0.push(harmless(character));
        }
        Ok(())
    }
}

/// What JSON leaves as it is, but a terminal or a reader takes for more than a character: C1 controls,
/// line separators, changes of the direction of writing. What JSON escapes stays.
const fn harmless(character: char) -> char {
    match character {
        '\u{7f}'..='\u{9f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

fn bounded(value: fmt::Arguments<'_>) -> String {
    let mut text = Bounded(String::new());
    // It fails where it is cut.
    let _cut = text.write_fmt(value);
    text.0
}

struct Members<'m, M: serde::ser::SerializeMap> {
    members: &'m mut M,
    failed: Option<M::Error>,
}

impl<M: serde::ser::SerializeMap> Members<'_, M> {
    fn add<T: serde::Serialize + ?Sized>(&mut self, field: &Field, value: &T) {
        if self.failed.is_none() {
            self.failed = self.members.serialize_entry(field.name(), value).err();
        }
    }
}

impl<M: serde::ser::SerializeMap> Visit for Members<'_, M> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // Most values are short and plain, and are written as they are.
        if value.len() <= MOST && value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            self.add(field, value);
        } else {
            self.add(field, &bounded(format_args!("{value}")));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, &bounded(format_args!("{value:?}")));
    }
}

struct Words(String);

impl Words {
    fn add(&mut self, field: &Field, value: &str) {
        let value: String = value.chars().flat_map(escaped).collect();
        // To a string there is no failure.
        let _written = match field.name() {
            "message" => write!(self.0, " {value}"),
            name => write!(self.0, " {name}={value}"),
        };
    }
}

/// One line stays one line, and no terminal is commanded.
fn escaped(character: char) -> impl Iterator<Item = char> {
    let (plain, escape) = if character.is_control() {
        (None, Some(character.escape_default()))
    } else {
        (Some(character), None)
    };
    plain.into_iter().chain(escape.into_iter().flatten())
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, &bounded(format_args!("{value}")));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, &bounded(format_args!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use serde_json::Value;
    use tracing_subscriber::fmt::MakeWriter;

    use super::super::seen::{Seen, within};
    use super::super::trace::Trace;
    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn lines(json: bool, work: impl FnOnce()) -> Vec<String> {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt()
            .event_format(Lines { json })
            .with_writer(kept.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, work);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    const NASTY: &str =
        "a\r\n{\"level\":\"ERROR\"}\u{1b}[31mred\u{9b}31m\u{2028}\u{202e}\u{0} \"quoted\" \\ back";

    #[test]
    fn whatever_is_in_an_event_it_stays_one_line_of_json() {
        let long = "€".repeat(1_000_000);
        let written = lines(true, || {
            tracing::info!(text = NASTY, shown = %NASTY, debugged = ?NASTY, long = %long, number = 7, "{NASTY}");
        });
        assert_eq!(written.len(), 1, "{written:?}");
        assert!(written[0].chars().all(|c| !c.is_control()), "{written:?}");
        assert!(written[0].len() < 10_000);
        let event: Value = serde_json::from_str(&written[0]).unwrap();
        assert!(
            event["text"]
                .as_str()
                .unwrap()
                .starts_with("a\r\n{\"level\":\"ERROR\"}\u{1b}[31m")
        );
        assert!(
            !event["text"]
                .as_str()
                .unwrap()
                .contains(['\u{9b}', '\u{2028}', '\u{202e}'])
        );
        assert!(event["long"].as_str().unwrap().ends_with("€…"));
        assert_eq!(event["number"], 7);
        assert_eq!(event["level"], "INFO");
        assert_eq!(event["service"], "thidua");
        assert!(event["time"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn text_for_people_is_one_line_as_well_and_commands_no_terminal() {
        let written = lines(false, || tracing::warn!(text = NASTY, shown = %NASTY, "{NASTY}"));
        assert_eq!(written.len(), 1, "{written:?}");
        assert!(written[0].chars().all(|c| !c.is_control()), "{written:?}");
        assert!(written[0].contains(" WARN "), "{written:?}");
    }

    #[test]
    fn an_event_names_the_request_that_it_belongs_to() {
        let seen = Arc::new(Seen::new(Trace::begun(), "request-1".to_owned()));
        let trace = seen.trace.id().to_string();
        let written = lines(true, || {
            within(Some(seen), || tracing::warn!("inside"));
            tracing::warn!("outside");
        });
        let inside: Value = serde_json::from_str(&written[0]).unwrap();
        let outside: Value = serde_json::from_str(&written[1]).unwrap();
        assert_eq!(
            (&inside["trace_id"], &inside["request_id"]),
            (&trace.into(), &"request-1".into())
        );
        assert!(outside.get("trace_id").is_none());
    }
}
