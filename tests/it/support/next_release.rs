//! Migrations of a release that comes after this one or came before it: the shipped ones and more, or the first of
//! them, in a folder.

use std::path::{Path, PathBuf};

use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use thidua::store::connection::Conn;
use thidua::store::dialect::{self, Steps};

/// The folders `sqlite` and `postgres` with all migrations of that release.
pub struct NextRelease {
    folder: PathBuf,
}

/// One more migration.
pub struct Further {
    /// Its folder's name.
    pub name: &'static str,
    /// Statements for both databases.
    pub up: &'static str,
    /// The way back.
    pub down: &'static str,
    /// `metadata.toml`, where it needs one.
    pub metadata: Option<&'static str>,
}

impl NextRelease {
    /// That of a folder with all of them.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Those of an earlier release: of this one's, copied into a folder, those before `version`.
    pub fn before(folder: &Path, version: &str) -> Self {
        copy_shipped(folder, |name| name < version);
        Self::at(folder)
    }

    /// Those of this release, copied into a folder, and one more.
    pub fn with(folder: &Path, further: &Further) -> Self {
        copy_shipped(folder, |_| true);
        for database in ["sqlite", "postgres"] {
            let own = folder.join(database).join(further.name);
            std::fs::create_dir_all(&own).unwrap();
            std::fs::write(own.join("up.sql"), further.up).unwrap();
            std::fs::write(own.join("down.sql"), further.down).unwrap();
            if let Some(metadata) = further.metadata {
                std::fs::write(own.join("metadata.toml"), metadata).unwrap();
            }
        }
        Self::at(folder)
    }

    fn of(&self, conn: &Conn) -> PathBuf {
        self.folder.join(match conn {
            Conn::Sqlite(_) => "sqlite",
            Conn::Postgres(_) => "postgres",
        })
    }
}

/// Copies the shipped migrations whose names are wanted.
fn copy_shipped(folder: &Path, wanted: impl Fn(&str) -> bool) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for database in ["sqlite", "postgres"] {
        for migration in std::fs::read_dir(shipped.join(database)).unwrap() {
            let migration = migration.unwrap();
            if !wanted(migration.file_name().to_str().unwrap()) {
                continue;
            }
            let copy = folder.join(database).join(migration.file_name());
            std::fs::create_dir_all(&copy).unwrap();
            for file in std::fs::read_dir(migration.path()).unwrap() {
                let file = file.unwrap();
                std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
            }
        }
    }
}

impl Steps for NextRelease {
    fn texts(&self, conn: &Conn) -> Vec<(String, String)> {
        let migrations = std::fs::read_dir(self.of(conn)).unwrap().map(|migration| {
            let migration = migration.unwrap();
            let name = migration.file_name().into_string().unwrap();
            let text = std::fs::read_to_string(migration.path().join("up.sql")).unwrap();
            (name.split('_').next().unwrap().to_owned(), text)
        });
        migrations.collect()
    }

    fn run(&self, conn: &mut Conn) -> diesel::migration::Result<Vec<String>> {
        let source = FileBasedMigrations::from_path(self.of(conn))?;
        match conn {
            Conn::Sqlite(inner) => {
                let ran = inner.run_pending_migrations(source)?;
                Ok(ran.iter().map(ToString::to_string).collect())
            }
            Conn::Postgres(inner) => dialect::run_on_server(inner, source),
        }
    }
}
