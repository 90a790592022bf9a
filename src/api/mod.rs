//! HTTP: extract, call one use case, present. A handler is registered once and is thereby both routed
//! and documented; what every operation shares (problems, headers, roles) is added to the document in
//! `openapi.rs`, and the document in turn is what requests are held against (`body.rs`, `contract.rs`).

mod answer;
mod body;
mod call;
mod contract;
mod docs;
pub mod health;
mod import;
mod middleware;
mod observe;
pub mod openapi;
mod page;
mod path;
pub mod problem;
mod query;
mod schema;
mod shell;
mod step_up;

mod amendments;
mod attachments;
mod audit;
mod campaigns;
mod collectives;
mod councils;
mod decisions;
mod files;
mod forwardings;
mod holidays;
mod honors;
mod individuals;
mod me;
mod meta;
mod nominations;
mod organizations;
mod participants;
mod receipts;
mod recovery_tasks;
mod reference;

mod review_sessions;
mod reviews;
mod role_grants;
mod statistics;
mod submission_lines;
mod submissions;

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;

pub use contract::Contract;
pub use docs::routes as documentation;
pub use middleware::{answer_unknown, finish, head_as_get};
pub use observe::measure;
pub use shell::{Shell, UPLOADS_EACH, admit, watch};

/// Where operations are registered: at the server, which only routes, or at the document, which describes
/// them. The server needs nothing of the description, which is large.
pub trait Routes: Sized {
    /// Registers one operation.
    fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self;

    /// Registers the operations of a part.
    fn configure(&mut self, part: impl FnOnce(&mut Self)) -> &mut Self {
        part(self);
        self
    }
}

impl Routes for web::ServiceConfig {
    fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        Self::service(self, operation)
    }
}

impl Routes for utoipa_actix_web::service_config::ServiceConfig<'_> {
    fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        Self::service(self, operation)
    }
}

/// Every noun of the service, one line each.
pub fn routes(config: &mut impl Routes) {
    // The router tries one path after another: what is asked for most comes first.
    config
        .configure(nominations::routes)
        .configure(submissions::routes)
        .configure(honors::routes)
        .configure(review_sessions::routes)
        .configure(reviews::routes)
        .configure(statistics::routes)
        .configure(participants::routes)
        .configure(campaigns::routes)
        .configure(files::routes)
        .configure(attachments::routes)
        .configure(decisions::routes)
        .configure(forwardings::routes)
        .configure(me::routes)
        .configure(audit::routes)
        .configure(councils::routes)
        .configure(amendments::routes)
        .configure(individuals::routes)
        .configure(collectives::routes)
        .configure(organizations::routes)
        .configure(recovery_tasks::routes)
        .configure(reference::routes)
        .configure(holidays::routes)
        .configure(role_grants::routes)
        .configure(meta::routes)
        .configure(health::routes);
}
