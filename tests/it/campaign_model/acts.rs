//! What can be tried of a campaign at a moment, allowed or not.

use super::model::{Act, Conclusion, DOSSIERS, MEMBERS, Model};

/// Sessions and decisions of one campaign, so that sequences go deep.
const MOST_SESSIONS: usize = 2;
const MOST_DECISIONS: usize = 5;

impl Model {
    /// Everything that can be tried, by kind, each with how often it is to be tried.
    pub fn acts(&self) -> Vec<(u32, Vec<Act>)> {
        let dossiers = |act: fn(usize) -> Act| (0..DOSSIERS).map(act).collect::<Vec<_>>();
        let nominations = |act: fn(usize) -> Act| (0..self.nominations.len()).map(act).collect::<Vec<_>>();
        let sessions = |act: fn(usize) -> Act| (0..self.sessions.len()).map(act).collect::<Vec<_>>();
        let decisions = |act: fn(usize) -> Act| (0..self.decisions.len()).map(act).collect::<Vec<_>>();
        let lines = |of: usize, act: fn(usize, usize) -> Act| {
            (0..of)
                .flat_map(|one| (0..self.nominations.len()).map(move |n| act(one, n)))
                .collect::<Vec<_>>()
        };
        let (number, made) = (self.sessions.len(), self.decisions.len());
        let voices = lines(number, Act::TakeOffAgenda).into_iter().flat_map(|act| {
            let Act::TakeOffAgenda(session, nomination) = act else {
                unreachable!()
            };
            (0..MEMBERS * 2).map(move |one| Act::Vote {
                session,
                nomination,
                member: one / 2,
                agree: one % 2 == 0,
            })
        });
        let consents = lines(number, Act::TakeOffAgenda).into_iter().flat_map(|act| {
            let Act::TakeOffAgenda(session, nomination) = act else {
                unreachable!()
            };
            [true, true, false].map(|agree| Act::Consent {
                session,
                nomination,
                agree,
            })
        });
        let planned = if number < MOST_SESSIONS {
            vec![true, false]
        } else {
            Vec::new()
        };
        let awards = if made < MOST_DECISIONS {
            vec![Act::PrepareAward]
        } else {
            Vec::new()
        };
        let revocations = if made < MOST_DECISIONS {
            decisions(Act::PrepareRevocation)
        } else {
            Vec::new()
        };
        vec![
            (6, dossiers(Act::Submit)),
            (1, dossiers(Act::Recall)),
            (6, dossiers(Act::Receive)),
            (1, dossiers(Act::Return)),
            (1, dossiers(Act::Withdraw)),
            (10, dossiers(Act::Consolidate)),
            (10, nominations(|n| Act::Appraise(n, Conclusion::Eligible))),
            (2, nominations(|n| Act::Appraise(n, Conclusion::Ineligible))),
            (1, nominations(|n| Act::Appraise(n, Conclusion::NeedsSupplement))),
            (1, nominations(Act::Hold)),
            (2, nominations(Act::Release)),
            (
                3,
                planned
                    .into_iter()
                    .map(|consensus| Act::PlanSession { consensus })
                    .collect(),
            ),
            (6, lines(number, Act::PutOnAgenda)),
            (1, lines(number, Act::TakeOffAgenda)),
            (12, sessions(Act::OpenSession)),
            (8, voices.collect()),
            (8, consents.collect()),
            (12, sessions(Act::CloseSession)),
            (14, sessions(Act::WriteMinutes)),
            (16, sessions(Act::SignMinutes)),
            (24, sessions(Act::Confirm)),
            (1, sessions(Act::Reopen)),
            (1, sessions(Act::CancelSession)),
            (2, awards),
            (12, revocations),
            (6, lines(made, Act::AddItem)),
            (1, lines(made, Act::RemoveItem)),
            (3, lines(made, Act::DropItem)),
            (10, decisions(Act::Check)),
            (1, decisions(Act::ReturnDecision)),
            (14, decisions(Act::SignDecision)),
            (14, decisions(Act::Number)),
            (24, decisions(Act::Issue)),
            (4, decisions(Act::Publish)),
            (1, decisions(Act::CancelDecision)),
        ]
    }

    /// Whether what the act names is there at all.
    pub fn knows(&self, act: Act) -> bool {
        self.acts().into_iter().any(|(_, acts)| acts.contains(&act))
    }
}
