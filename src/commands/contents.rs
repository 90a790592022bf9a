//! Whether the contents of evidence are those of which the rows tell (`check --files`).

use thidua::domain::error::Code;
use thidua::storage::Storage;
use thidua::store::files;
use thidua::store::tx::Db;

/// Reads each content whole; answers a sentence for each that is away or another one than was stored.
///
/// # Errors
/// A sentence for the operator.
pub async fn faults(db: &Db, storage: &Storage) -> Result<Vec<String>, String> {
    let rows = db
        .inspect(files::complete)
        .await
        .map_err(|error| error.to_string())?;
    let mut faults = Vec::new();
    for row in rows {
        let id = row.id;
        let Some(key) = row.storage_key else {
            faults.push(format!("file {id}: complete, and has no content"));
            continue;
        };
        match storage.inspect(&key).await {
            Ok(found) if (found.size_bytes, &found.sha256) == (row.size_bytes, &row.sha256) => {}
            Ok(found) => faults.push(format!(
                "file {id}: its content {key} is another one ({} bytes instead of {}, sha256 {})",
                found.size_bytes, row.size_bytes, found.sha256
            )),
            Err(error) if error.code == Code::FileStorageUnavailable => {
                let cause = error.cause.as_deref().unwrap_or("no cause is known");
                faults.push(format!("file {id}: its content {key} cannot be read: {cause}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(faults)
}
