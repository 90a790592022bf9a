//! What can be tried of a campaign at a moment, allowed or not.

use super::model::{Act, Conclusion, DOSSIERS, EACH, EDITABLE, MEMBERS, Model, Outcomes, Purpose};

/// Sessions, decisions of the own organisation and batches of one campaign, so that sequences go deep.
const MOST_SESSIONS: usize = 2;
const MOST_DECISIONS: usize = 6;
const MOST_FORWARDINGS: usize = 4;

impl Model {
    /// Everything that can be tried, by kind, each with how often it is to be tried.
    pub fn acts(&self) -> Vec<(u32, Vec<Act>)> {
        let dossiers = |act: fn(usize) -> Act| (0..DOSSIERS).map(act).collect::<Vec<_>>();
        let nominations = |act: fn(usize) -> Act| (0..self.nominations.len()).map(act).collect::<Vec<_>>();
        let sessions = |act: fn(usize) -> Act| (0..self.sessions.len()).map(act).collect::<Vec<_>>();
        // What was recorded with a forwarding is only followed here.
        let is_own = |k: &usize| self.decisions[*k].purpose != Purpose::ExternalAward;
        let own: Vec<usize> = (0..self.decisions.len()).filter(is_own).collect();
        let decisions = |act: fn(usize) -> Act| own.iter().copied().map(act).collect::<Vec<_>>();
        let lines_of = |of: Vec<usize>, act: fn(usize, usize) -> Act| {
            of.into_iter()
                .flat_map(|one| (0..self.nominations.len()).map(move |n| act(one, n)))
                .collect::<Vec<_>>()
        };
        let lines = |of: usize, act| lines_of((0..of).collect(), act);
        let items = |act| lines_of(own.clone(), act);
        let (number, made) = (self.sessions.len(), own.len());
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
        // A second empty one would not lead anywhere.
        let empty = self
            .sessions
            .iter()
            .any(|one| one.state == "PLANNED" && one.agenda.is_empty());
        let planned = if number < MOST_SESSIONS && !empty {
            vec![true, false]
        } else {
            Vec::new()
        };
        let empty = |k: &usize| self.decisions[*k].state == "DRAFT" && self.decisions[*k].items.is_empty();
        let awards = if made < MOST_DECISIONS && !own.iter().any(empty) {
            vec![Act::PrepareAward]
        } else {
            Vec::new()
        };
        let following = |act: fn(usize) -> Act| {
            let all = if made < MOST_DECISIONS {
                self.decisions.len()
            } else {
                0
            };
            (0..all).map(act).collect::<Vec<_>>()
        };
        // It means nothing once everything is handed in.
        let deadline = if !self.deadline_passed && self.dossiers.iter().any(|state| EDITABLE.contains(state))
        {
            vec![Act::PassDeadline]
        } else {
            Vec::new()
        };
        let mut kinds = vec![
            (18, dossiers(Act::Submit)),
            (3, dossiers(Act::Recall)),
            (18, dossiers(Act::Receive)),
            (3, dossiers(Act::Return)),
            (1, dossiers(Act::Withdraw)),
            (30, dossiers(Act::Consolidate)),
            (30, nominations(|n| Act::Appraise(n, Conclusion::Eligible))),
            (6, nominations(|n| Act::Appraise(n, Conclusion::Ineligible))),
            (3, nominations(|n| Act::Appraise(n, Conclusion::NeedsSupplement))),
            (3, nominations(Act::Hold)),
            (3, nominations(Act::Release)),
            (
                6,
                planned
                    .into_iter()
                    .map(|consensus| Act::PlanSession { consensus })
                    .collect(),
            ),
            (30, lines(number, Act::PutOnAgenda)),
            (3, lines(number, Act::TakeOffAgenda)),
            (36, sessions(Act::OpenSession)),
            (24, voices.collect()),
            (24, consents.collect()),
            (36, sessions(Act::CloseSession)),
            (42, sessions(Act::WriteMinutes)),
            (48, sessions(Act::SignMinutes)),
            (72, sessions(Act::Confirm)),
            (6, sessions(Act::ConfirmOver)),
            (3, sessions(Act::Reopen)),
            (1, sessions(Act::CancelSession)),
            (4, awards),
            (36, following(Act::PrepareRevocation)),
            (24, following(Act::PrepareCorrection)),
            (36, items(Act::AddItem)),
            (3, items(Act::RemoveItem)),
            (9, items(Act::DropItem)),
            (2, nominations(Act::DropNomination)),
            (30, decisions(Act::Check)),
            (3, decisions(Act::ReturnDecision)),
            (42, decisions(Act::SignDecision)),
            (42, decisions(Act::Number)),
            (72, decisions(Act::Issue)),
            (6, decisions(Act::IssueOver)),
            (12, decisions(Act::Publish)),
            (1, decisions(Act::CancelDecision)),
            (4, nominations(Act::Edit)),
            (4, dossiers(Act::AddPaper)),
            (4, dossiers(Act::AdmitLate)),
            (1, deadline),
        ];
        kinds.extend(self.acts_above());
        kinds
    }

    fn acts_above(&self) -> Vec<(u32, Vec<Act>)> {
        let forwardings = |act: fn(usize) -> Act| {
            // A removed batch is no longer there.
            let there = |f: &usize| self.forwardings[*f].state != "REMOVED";
            (0..self.forwardings.len())
                .filter(there)
                .map(act)
                .collect::<Vec<_>>()
        };
        let signed = |over| {
            let all = forwardings(Act::SendForwarding).into_iter();
            all.map(|act| match act {
                Act::SendForwarding(forwarding) => Act::SignForwarding { forwarding, over },
                other => other,
            })
            .collect::<Vec<_>>()
        };
        let answered = |outcome| {
            let all = forwardings(Act::SendForwarding).into_iter();
            all.map(move |act| match act {
                Act::SendForwarding(forwarding) => Act::RecordDecision { forwarding, outcome },
                other => other,
            })
            .collect::<Vec<_>>()
        };
        // Alone, or together with the one of the other dossier; of another form none is forwarded.
        let of_the_form = |n: &usize| n % EACH == 1 && !Self::is_discovered(n / EACH);
        let upper: Vec<usize> = (0..self.nominations.len()).filter(of_the_form).collect();
        let mut batches = Vec::new();
        if self.forwardings.len() < MOST_FORWARDINGS {
            let alone = |first: &usize| (*first, None);
            batches.extend(upper.iter().map(alone));
            batches.push((upper[0], Some(upper[1])));
        }
        let prepared = batches
            .into_iter()
            .map(|(first, second)| Act::PrepareForwarding { first, second });
        vec![
            (42, prepared.collect()),
            (3, forwardings(Act::ChangeLetter)),
            (30, signed(false)),
            (12, signed(true)),
            (60, forwardings(Act::SendForwarding)),
            (42, forwardings(Act::Acknowledge)),
            (9, forwardings(Act::RecallForwarding)),
            (12, forwardings(Act::ReturnForwarding)),
            (9, forwardings(Act::DeclineForwarding)),
            (18, answered(Outcomes::All)),
            (12, answered(Outcomes::First)),
            (3, answered(Outcomes::Nobody)),
            (3, forwardings(Act::RemoveForwarding)),
        ]
    }

    /// Whether what the act names is there at all.
    pub fn knows(&self, act: Act) -> bool {
        self.acts().into_iter().any(|(_, acts)| acts.contains(&act))
    }
}
