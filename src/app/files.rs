//! Evidence files: declared, uploaded, completed by the one who uploads; read by that one and by whoever
//! may read what they are attached to (UPL-11).

use super::{Command, Event, Possible, Tx};
use crate::domain::error::{Code, Error, Fault, Result, all_valid};
use crate::domain::file::{self, Evidence, FileType};
use crate::domain::ids::{FileId, NominationId, OrganizationId, SubmissionId};
use crate::domain::policy::{Action, Place};
use crate::domain::states::{FILE, FileAct, FileState};
use crate::store::{files, filter, nominations, organizations, submissions};

pub use crate::store::files::File;

const NOUN: &str = "file";

/// Reads what is known of one file.
///
/// # Errors
/// `resource.not_found`.
pub fn read(tx: &mut Tx<'_>, id: FileId) -> Result<File> {
    let found = files::get(tx.conn, id)?;
    visible(tx, &found)?;
    Ok(found)
}

/// A file whose content may be read now.
///
/// # Errors
/// `resource.not_found`, `file.not_complete`.
pub fn content(tx: &mut Tx<'_>, id: FileId) -> Result<(File, String)> {
    let found = read(tx, id)?;
    match (found.state, found.storage_key.clone()) {
        (FileState::Complete, Some(key)) => Ok((found, key)),
        _ => Err(Error::new(Code::FileNotComplete)),
    }
}

/// The file whose content is about to arrive, or to be looked through. A request with a key may be a
/// replay, for which the state does not count; the write afterwards decides.
///
/// # Errors
/// `resource.not_found`, `access.forbidden`, `state.transition_not_allowed`, `file.expired`.
pub fn expected(tx: &mut Tx<'_>, id: FileId, act: FileAct) -> Result<File> {
    let found = own(tx, id)?;
    if tx.request.idempotency_key.is_none() {
        // In the order of every change (CND-06).
        tx.request.hold(found.version)?;
        next(tx, &found, act)?;
    }
    Ok(found)
}

/// What the caller may do with it.
///
/// # Errors
/// The driver's error.
pub fn possible(tx: &mut Tx<'_>, found: &File) -> Result<Vec<Possible>> {
    let attached = !files::uses(tx.conn, found.id)?.is_empty();
    let mut acts = Vec::new();
    if FILE.next(found.state, FileAct::Upload).is_some() {
        acts.push(("upload", overdue(tx, found)));
    }
    if FILE.next(found.state, FileAct::Complete).is_some() {
        acts.push(("complete", overdue(tx, found)));
    }
    let immutable = if attached {
        vec![Fault::new(Code::FileImmutable)]
    } else {
        Vec::new()
    };
    acts.push(("delete", immutable));
    let uploader = found.uploaded_by == tx.caller.identity_id;
    Ok(acts
        .into_iter()
        .map(|(verb, mut blocked_by)| {
            if !uploader {
                blocked_by.insert(0, Fault::new(Code::AccessForbidden));
            }
            let act = Possible::verb(verb, blocked_by);
            if verb == "upload" {
                act.below("PUT", "content")
            } else {
                act
            }
        })
        .collect())
}

fn overdue(tx: &Tx<'_>, found: &File) -> Vec<Fault> {
    if found.expires_at.is_some_and(|end| end <= tx.now) {
        vec![Fault::new(Code::FileExpired)]
    } else {
        Vec::new()
    }
}

/// The state after an act, if state and time permit it.
fn next(tx: &Tx<'_>, found: &File, act: FileAct) -> Result<FileState> {
    if !overdue(tx, found).is_empty() || found.state == FileState::Expired {
        return Err(Error::new(Code::FileExpired));
    }
    FILE.next(found.state, act)
        .ok_or_else(|| Error::transition(FILE.noun, found.state.as_str(), FILE.verbs(found.state)))
}

/// The uploader's file: others who see it may not change it, the rest do not find it.
fn own(tx: &mut Tx<'_>, id: FileId) -> Result<File> {
    let found = files::get(tx.conn, id)?;
    visible(tx, &found)?;
    if found.uploaded_by != tx.caller.identity_id {
        return Err(
            Error::new(Code::AccessForbidden).with("required_action", Action::DraftSubmission.as_str())
        );
    }
    Ok(found)
}

fn visible(tx: &mut Tx<'_>, found: &File) -> Result<()> {
    let uses = files::uses(tx.conn, found.id)?;
    // What is attached is read with the dossier, by its uploader too: he may have left the unit (UPL-11).
    let place = Place::in_division(found.owner_organization_id, found.division_id);
    if uses.is_empty()
        && found.uploaded_by == tx.caller.identity_id
        && tx.may(Action::DraftSubmission, &place)
    {
        return Ok(());
    }
    for (submission, nomination) in uses {
        // A paper of one nomination is not read by whoever was sent only another one (M-4).
        let reads = match nomination {
            Some(nomination) => reads_nomination(tx, nomination)?,
            None => reads_submission(tx, submission)?,
        };
        if reads {
            return Ok(());
        }
    }
    Err(Error::not_found())
}

fn reads_submission(tx: &mut Tx<'_>, id: SubmissionId) -> Result<bool> {
    let found = submissions::get(tx.conn, id)?;
    let regard = tx.regard();
    let place = filter::place_of_submission(
        tx.conn,
        regard,
        id,
        found.owner_organization_id,
        found.division_id,
    )?;
    Ok(tx.may(Action::ReadSubmission, &place))
}

fn reads_nomination(tx: &mut Tx<'_>, id: NominationId) -> Result<bool> {
    let found = nominations::get(tx.conn, id)?;
    let regard = tx.regard();
    let place = filter::place_of_nomination(
        tx.conn,
        regard,
        id,
        found.owner_organization_id,
        found.division_id,
        found.individual_id,
    )?;
    Ok(tx.may(Action::ReadNomination, &place))
}

/// Announces a file: name, type, size and digest.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Declare {
    /// Name with extension.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub size_bytes: i64,
    /// SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// The division whose dossier it is for.
    pub division_id: OrganizationId,
}

/// The refusal of a type of file, with those that are accepted.
fn not_allowed() -> Error {
    let accepted = FileType::CODES.join(", ");
    Error::new(Code::FileTypeNotAllowed)
        .says(
            format!("Chỉ nhận các loại tệp {accepted}"),
            format!("Only files of the types {accepted} are accepted"),
        )
        .with("accepted_types", FileType::CODES.to_vec())
}

impl Declare {
    /// Checks what needs no database: name, type, extension, size (UPL-02, UPL-03, UPL-05).
    fn checked(&self, most_bytes: i64) -> Result<String> {
        let unknown = || not_allowed().fault(Fault::at("/media_type", Code::FileTypeNotAllowed));
        // Types of media have no case (RFC 9110 8.3.1).
        let media_type = self.media_type.to_ascii_lowercase();
        let declared: FileType = media_type.parse().map_err(|_| unknown())?;
        if self.size_bytes > most_bytes {
            let fault = Fault::at("/size_bytes", Code::FileTooLarge).with("maximum", most_bytes);
            return Err(Error::too_large(Code::FileTooLarge, most_bytes).fault(fault));
        }
        let mut faults = Vec::new();
        let name = file::name("/name", &self.name).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        });
        if faults.is_empty() && !file::extension_agrees(&name, declared) {
            let extensions = declared.extensions();
            let ends = extensions.join(", .");
            let fault = Fault::at("/name", Code::FileTypeMismatch).says(
                format!("Tên tệp loại này phải kết thúc bằng .{ends}"),
                format!("The name of a file of this type ends with .{ends}"),
            );
            faults.push(fault.with("extensions", extensions.to_vec()));
        }
        all_valid(faults)?;
        Ok(name)
    }
}

impl Command for Declare {
    /// The organisation with authority above the division.
    type Target = Option<OrganizationId>;
    type Output = File;
    const VERSIONED: bool = false;

    fn load(&self, tx: &mut Tx<'_>) -> Result<Self::Target> {
        let owner = organizations::authority_of(tx.conn, self.division_id)?.map(|owner| owner.id);
        let place = owner.map_or_else(Place::default, |owner| {
            Place::in_division(owner, self.division_id)
        });
        tx.permit(Action::DraftSubmission, &place)?;
        Ok(owner)
    }

    fn act(&self, tx: &mut Tx<'_>, owner: Self::Target) -> Result<File> {
        let name = self.checked(tx.config.max_file_bytes)?;
        let owner =
            owner.ok_or_else(|| Error::invalid(vec![Fault::at("/division_id", Code::FieldReference)]))?;
        let declared = File {
            id: FileId::generate(),
            owner_organization_id: owner,
            division_id: self.division_id,
            uploaded_by: tx.caller.identity_id,
            name,
            media_type: self.media_type.to_ascii_lowercase(),
            size_bytes: self.size_bytes,
            sha256: self.sha256.clone(),
            state: FILE.initial,
            storage_key: None,
            expires_at: Some(tx.now.plus(tx.config.upload_life)),
            completed_at: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        files::insert(tx.conn, &declared)?;
        tx.record(event("file.declared", &declared).with("after", &declared))?;
        Ok(declared)
    }
}

/// The content lies under a new key. The declared digest takes the body's place in the fingerprint (C-25).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Upload {
    /// Which.
    pub id: FileId,
    /// Digest as declared.
    pub sha256: String,
    /// Where the bytes lie.
    #[serde(skip)]
    pub storage_key: String,
}

impl Command for Upload {
    type Target = File;
    type Output = File;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<File> {
        own(tx, self.id)
    }

    fn version(target: &File) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: File) -> Result<File> {
        let after = File {
            state: next(tx, &before, FileAct::Upload)?,
            storage_key: Some(self.storage_key.clone()),
            ..before.clone()
        };
        keep(tx, &before, after, "file.uploaded")
    }
}

/// Confirms that the stored content is what was declared.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Complete {
    /// Which.
    pub id: FileId,
    /// Under which key the content was looked through.
    #[serde(skip)]
    pub storage_key: Option<String>,
    /// What it turned out to be.
    #[serde(skip)]
    pub evidence: Option<Evidence>,
}

impl Complete {
    fn checked(&self, found: &File) -> Result<()> {
        let evidence = match &self.evidence {
            Some(evidence) if self.storage_key == found.storage_key => evidence,
            // Another content arrived in the meantime: look again.
            _ => return Err(Error::stale(found.version)),
        };
        if evidence.size_bytes != found.size_bytes {
            let fault = Fault::new(Code::FileSizeMismatch)
                .with("declared_bytes", found.size_bytes)
                .with("received_bytes", evidence.size_bytes);
            return Err(Error::new(Code::FileSizeMismatch)
                .with("declared_bytes", found.size_bytes)
                .with("received_bytes", evidence.size_bytes)
                .fault(fault));
        }
        if evidence.sha256 != found.sha256 {
            let fault = Fault::new(Code::FileDigestMismatch);
            return Err(Error::new(Code::FileDigestMismatch).fault(fault));
        }
        let declared: FileType = found.media_type.parse().map_err(Error::internal)?;
        evidence.kind.agrees(declared).map_err(|code| match code {
            Code::FileTypeNotAllowed => not_allowed(),
            code => Error::new(code),
        })?;
        if evidence.excessive {
            let fault = Fault::new(Code::FileExcessive).says(
                "Tệp mở ra quá lớn: nhiều nhất 10 000 mục, 200 MB, gấp 100 lần khi nén; ảnh nhiều nhất 50 triệu điểm",
                "Too much once it is opened: at most 10 000 members, 200 MB, 100 times the packed size; images at most 50 megapixels",
            );
            return Err(Error::new(Code::FileExcessive).fault(fault));
        }
        Ok(())
    }
}

impl Command for Complete {
    type Target = File;
    type Output = File;
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<File> {
        own(tx, self.id)
    }

    fn version(target: &File) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: File) -> Result<File> {
        let state = next(tx, &before, FileAct::Complete)?;
        self.checked(&before)?;
        let after = File {
            state,
            completed_at: Some(tx.now),
            expires_at: None,
            ..before.clone()
        };
        keep(tx, &before, after, "file.completed")
    }
}

/// Removes a file that is attached to nothing; its content goes with the next sweep.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Delete {
    /// Which.
    pub id: FileId,
}

impl Command for Delete {
    type Target = File;
    type Output = ();
    const VERSIONED: bool = true;

    fn load(&self, tx: &mut Tx<'_>) -> Result<File> {
        own(tx, self.id)
    }

    fn version(target: &File) -> Option<i64> {
        Some(target.version)
    }

    fn act(&self, tx: &mut Tx<'_>, before: File) -> Result<()> {
        if !files::uses(tx.conn, before.id)?.is_empty() {
            return Err(Error::new(Code::FileImmutable));
        }
        files::delete(tx.conn, &before)?;
        tx.record(event("file.deleted", &before).with("before", &before))
    }
}

fn event(kind: &'static str, file: &File) -> Event {
    Event::new(kind, NOUN, file.id)
        .version(file.version)
        .within(file.owner_organization_id, Some(file.division_id))
}

/// Stores the change with its next version and its journal entry.
fn keep(tx: &mut Tx<'_>, before: &File, after: File, kind: &'static str) -> Result<File> {
    let after = File {
        version: before.version + 1,
        updated_at: tx.now,
        ..after
    };
    files::save_if(tx.conn, &after, before.version)?;
    tx.changed(before, &after);
    tx.record(
        event(kind, &after)
            .moved(before.state, after.state)
            .diff(before, &after),
    )?;
    Ok(after)
}
