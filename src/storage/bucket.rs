//! A bucket of Amazon S3 or of a server that speaks the same (MinIO, Ceph, Garage).

use std::collections::HashMap;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Key};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientConfigKey, ClientOptions, RetryConfig};

/// Where credentials may come from; without any of them the library would ask a cloud machine's metadata
/// service, which elsewhere answers nothing for a long time.
const CREDENTIALS: [Key; 6] = [
    Key::AccessKeyId,
    Key::SecretAccessKey,
    Key::WebIdentityTokenFile,
    Key::ContainerCredentialsRelativeUri,
    Key::ContainerCredentialsFullUri,
    Key::MetadataEndpoint,
];

/// Opens `s3://bucket/prefix` as the variables say; answers the bucket and the prefix.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn open(
    url: &str,
    variables: Option<HashMap<String, String>>,
) -> Result<(AmazonS3, Path), String> {
    let Some(place) = url.strip_prefix("s3://") else {
        return Err("storage.url: must begin with file: or s3://".to_owned());
    };
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err("storage.url: s3:// must be followed by a bucket".to_owned());
    }
    let variables = variables.unwrap_or_else(environment);
    // A client is answered 503 soon instead of waiting for minutes. A whole request has no limit, because
    // a slow reader may take long over a large file; only silence has.
    let retry = RetryConfig {
        backoff: BackoffConfig {
            max_backoff: Duration::from_millis(400),
            ..BackoffConfig::default()
        },
        max_retries: 2,
        retry_timeout: Duration::from_secs(5),
    };
    let options = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(2))
        .with_read_timeout(Duration::from_secs(20))
        .with_timeout_disabled();
    let mut builder = AmazonS3Builder::new()
        .with_retry(retry)
        .with_client_options(options);
    for (name, value) in variables {
        if name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    builder = builder.with_bucket_name(bucket);
    refuse(&builder)?;
    let store = builder.build().map_err(|error| format!("storage.url: {error}"))?;
    Ok((store, Path::from(prefix)))
}

fn environment() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What the library would find out only at the first request, and then say less plainly.
fn refuse(builder: &AmazonS3Builder) -> Result<(), String> {
    let value = |key: Key| builder.get_config_value(&key);
    let is_off = |key: Key| value(key).is_none_or(|text| text == "false");
    if is_off(Key::SkipSignature) && CREDENTIALS.into_iter().all(|key| value(key).is_none()) {
        return Err(
            "storage.url: no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (on a cloud machine \
             with a role: AWS_METADATA_ENDPOINT=http://169.254.169.254)"
                .to_owned(),
        );
    }
    let endpoint = value(Key::S3Endpoint).or_else(|| value(Key::Endpoint));
    if endpoint.is_some_and(|url| url.starts_with("http://"))
        && is_off(Key::Client(ClientConfigKey::AllowHttp))
    {
        return Err(
            "storage.url: AWS_ENDPOINT is plain http, which needs AWS_ALLOW_HTTP=true as well (only for a \
             server on this machine or line)"
                .to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str, pairs: &[(&str, &str)]) -> Result<Path, String> {
        let variables = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        open(url, Some(variables)).map(|(_, prefix)| prefix)
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];

    #[test]
    fn bucket_and_prefix_come_from_the_url() {
        assert_eq!(told("s3://files", &KEYS).expect("good").as_ref(), "");
        assert_eq!(
            told("s3://files/tinh/so", &KEYS).expect("good").as_ref(),
            "tinh/so"
        );
        assert!(told("s3:///prefix", &KEYS).is_err());
        assert!(told("ftp://files", &KEYS).is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        for (pairs, word) in [
            (&[][..], "AWS_ACCESS_KEY_ID"),
            (&KEYS[..1], "SecretAccessKey"),
            (
                &[KEYS[0], KEYS[1], ("AWS_ENDPOINT", "http://127.0.0.1:9000")][..],
                "AWS_ALLOW_HTTP",
            ),
        ] {
            let sentence = told("s3://files", pairs).expect_err("a fault");
            assert!(sentence.contains(word), "{sentence}");
        }
        let local = [
            KEYS[0],
            KEYS[1],
            ("AWS_ENDPOINT", "http://127.0.0.1:9000"),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        assert!(told("s3://files", &local).is_ok());
    }
}
