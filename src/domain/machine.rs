//! State machines as constant tables: `(from, act, to)`.
//!
//! One table has many readers: the use case asks [`Machine::next`], `allowed_actions` asks
//! [`Machine::allowed`], the meta endpoint prints the rows and [`Machine::mermaid`]. Guards (quota,
//! deadlines, missing papers …) are not here: they know data, a machine knows only states. Where the
//! target depends on data, distinct acts say which way it goes, so that one act from one state always
//! leads to one state.

use std::fmt::Display;

/// One row of a machine: `act` leads from each state of `from` to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition<S: 'static, A: 'static> {
    /// States in which the act is possible.
    pub from: &'static [S],
    /// What happens.
    pub act: A,
    /// State afterwards; may equal the state before (an act that leaves a trace only).
    pub to: S,
}

/// The life of one noun, as data.
#[derive(Debug, Clone, Copy)]
pub struct Machine<S: 'static, A: 'static> {
    /// Name of the noun in `snake_case`, as in paths and error codes.
    pub noun: &'static str,
    /// State of a newly made object.
    pub initial: S,
    /// All rows, in their documented order.
    pub transitions: &'static [Transition<S, A>],
    /// Acts that happen inside other acts; nobody asks for them.
    pub inner: &'static [A],
}

impl<S, A> Machine<S, A>
where
    S: Copy + PartialEq + Display + 'static,
    A: Copy + PartialEq + Display + 'static,
{
    /// The state after `act` in `state`; none when the act is not possible there.
    pub fn next(&self, state: S, act: A) -> Option<S> {
        self.transitions
            .iter()
            .find(|row| row.act == act && row.from.contains(&state))
            .map(|row| row.to)
    }

    /// The acts that are possible in `state`, each once, in the order of the table.
    pub fn allowed(&self, state: S) -> Vec<A> {
        let mut acts = Vec::new();
        for row in self.transitions {
            if row.from.contains(&state) && !acts.contains(&row.act) {
                acts.push(row.act);
            }
        }
        acts
    }

    /// What a caller can ask for in `state`, as paths spell it (`request-approval`).
    pub fn verbs(&self, state: S) -> Vec<String> {
        self.allowed(state)
            .into_iter()
            .filter(|act| !self.inner.contains(act))
            .map(|act| act.to_string().to_lowercase().replace('_', "-"))
            .collect()
    }

    /// True when nothing is possible any more in `state`.
    pub fn is_final(&self, state: S) -> bool {
        !self.transitions.iter().any(|row| row.from.contains(&state))
    }

    /// The machine as a Mermaid state diagram, one arrow for each (from, act).
    pub fn mermaid(&self) -> String {
        let mut lines = vec![
            "stateDiagram-v2".to_owned(),
            format!("    [*] --> {}", self.initial),
        ];
        let mut ends: Vec<S> = Vec::new();
        for row in self.transitions {
            for from in row.from {
                lines.push(format!("    {from} --> {}: {}", row.to, row.act));
            }
            if self.is_final(row.to) && !ends.contains(&row.to) {
                ends.push(row.to);
            }
        }
        lines.extend(ends.iter().map(|end| format!("    {end} --> [*]")));
        lines.push(String::new());
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Name(&'static str);

    impl Display for Name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    const A: Name = Name("A");
    const B: Name = Name("B");
    const C: Name = Name("C");
    const GO: Name = Name("GO");
    const END: Name = Name("END");

    const DOOR: Machine<Name, Name> = Machine {
        noun: "door",
        initial: A,
        transitions: &[
            Transition {
                from: &[A],
                act: GO,
                to: B,
            },
            Transition {
                from: &[A, B],
                act: END,
                to: C,
            },
        ],
        inner: &[END],
    };

    #[test]
    fn next_follows_the_table_and_nothing_else() {
        assert_eq!(DOOR.next(A, GO), Some(B));
        assert_eq!(DOOR.next(B, GO), None);
        assert_eq!(DOOR.next(B, END), Some(C));
        assert_eq!(DOOR.next(C, END), None);
    }

    #[test]
    fn allowed_keeps_the_order_of_the_table() {
        assert_eq!(DOOR.allowed(A), vec![GO, END]);
        assert_eq!(DOOR.allowed(B), vec![END]);
        assert!(DOOR.allowed(C).is_empty());
        assert_eq!(DOOR.verbs(A), ["go"]);
        assert!(DOOR.is_final(C) && !DOOR.is_final(A));
    }

    #[test]
    fn the_diagram_has_one_arrow_for_each_from_and_act() {
        assert_eq!(
            DOOR.mermaid(),
            "stateDiagram-v2\n    [*] --> A\n    A --> B: GO\n    A --> C: END\n    B --> C: END\n    C --> [*]\n"
        );
    }
}
