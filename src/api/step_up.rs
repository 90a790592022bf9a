//! Step-up (CLM-09, RFC 9470): acts that decide, marked `x-step-up` in the document, may need a stronger or more
//! recent sign-on than everything else.

use actix_web::{HttpRequest, web};
use serde_json::Value;

use super::contract::Contract;
use crate::domain::caller::Principal;
use crate::domain::error::{Code, Error, Result};
use crate::domain::time::{Clock as _, SystemClock};
use crate::identity::{Lack, StepUp, Verifier};

/// Refuses a caller who wants to decide and whose sign-on is not good enough for that now, a try (`dry_run`) as well.
///
/// # Errors
/// `auth.step_up_required`.
pub fn hold(request: &HttpRequest, principal: &Principal, template: &str) -> Result<()> {
    let verifier = request
        .app_data::<web::Data<Verifier>>()
        .ok_or_else(|| Error::internal("no Verifier"))?;
    // A sign-on is as old as the system's clock says, as tokens are (M-6).
    match verifier.step_up(principal, SystemClock.now().utc()) {
        Some(needed) if Contract::get().decides(request.method().as_str(), template) => Err(refusal(&needed)),
        _ => Ok(()),
    }
}

fn refusal(needed: &StepUp) -> Error {
    let error = Error::new(Code::AuthStepUpRequired);
    let mut error = match needed.lack {
        Lack::Strength => error.says(
            "Thao tác này cần đăng nhập bằng phương thức xác thực mạnh hơn",
            "A stronger sign-on is required",
        ),
        Lack::Freshness => error.says(
            "Thao tác này cần đăng nhập lại: lần đăng nhập trước đã quá lâu",
            "A more recent sign-on is required",
        ),
    };
    if !needed.acr_values.is_empty() {
        error = error.with("acr_values", needed.acr_values.as_slice());
    }
    if let Some(seconds) = needed.max_age_seconds {
        error = error.with("max_age", seconds);
    }
    error
}

/// The challenge of the refusal. The settings let in no value that would need quoting.
pub fn challenge(error: &Error) -> String {
    let title = error.code.title_en();
    let description = error
        .detail
        .as_ref()
        .map_or(title, |sentence| sentence.en.as_ref());
    let mut parts = vec![
        "Bearer realm=\"thidua\"".to_owned(),
        "error=\"insufficient_user_authentication\"".to_owned(),
        format!("error_description=\"{description}\""),
    ];
    if let Some(values) = error.members.get("acr_values").and_then(Value::as_array) {
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        parts.push(format!("acr_values=\"{}\"", values.join(" ")));
    }
    if let Some(seconds) = error.members.get("max_age") {
        parts.push(format!("max_age=\"{seconds}\""));
    }
    parts.join(", ")
}
