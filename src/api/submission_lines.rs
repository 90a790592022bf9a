//! A dossier with its nominations in short.

use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{OutcomeView, Resource};
use super::problem::Language;
use super::submissions::SubmissionView;
use crate::app::Tx;
use crate::app::nominations;
use crate::app::submissions::{self, Nomination, Submission};
use crate::domain::codes::SubjectKind;
use crate::domain::error::Result;
use crate::domain::ids::NominationId;
use crate::domain::states::NominationState;

/// A nomination in short.
#[derive(Debug, Clone, serde::Serialize, ToSchema)]
pub struct SubmissionLine {
    /// Identifier.
    pub id: NominationId,
    /// Kind of subject.
    pub subject_kind: SubjectKind,
    /// Subject's name at the time.
    pub display_name: String,
    /// Current award form.
    pub form: String,
    /// State.
    pub state: NominationState,
    /// Whether it is on hold.
    pub on_hold: bool,
    /// Version for `If-Match`.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl SubmissionLine {
    pub(super) fn of(nomination: Nomination) -> Self {
        Self {
            id: nomination.id,
            subject_kind: nomination.subject_kind,
            display_name: nomination.display_name,
            form: nomination.form,
            state: nomination.state,
            on_hold: nomination.hold_reason.is_some(),
            version: nomination.version,
        }
    }
}

/// The dossier with its nominations in short (LST-10).
#[derive(serde::Serialize)]
#[serde(transparent)]
pub(super) struct WithLines(SubmissionView);

impl Resource for WithLines {
    type Record = Submission;
    const PATH: &'static str = SubmissionView::PATH;

    fn present(tx: &mut Tx<'_>, record: Submission, language: Language) -> Result<Self> {
        let lines = submissions::lines(tx, &record)?;
        let share = nominations::direct_workers(tx, lines.iter().map(|line| line.id))?;
        let view = SubmissionView::present(tx, record, language)?;
        Ok(Self(SubmissionView {
            direct_worker_share: Some(share),
            nominations: Some(lines.into_iter().map(SubmissionLine::of).collect()),
            ..view
        }))
    }

    fn id(&self) -> Uuid {
        self.0.id()
    }

    fn version(&self) -> i64 {
        self.0.version
    }

    fn outcome_mut(&mut self) -> &mut Option<OutcomeView> {
        self.0.outcome_mut()
    }
}
