//! `/.well-known/jwks.json`: the keys that sign access tokens, for whoever wants to verify one.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::keys;
use crate::http::describe::{Describe, Operation};
use crate::http::guard::Open;
use crate::http::problem::Problem;

/// A new key is published five minutes before it signs, so this is never too old.
const CACHED: &str = "public, max-age=300";

#[derive(Serialize, ToSchema)]
#[schema(as = KeySet)]
pub struct KeySetView {
    /// RFC 7517, RFC 8037.
    keys: Vec<KeyView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PublicKey)]
pub struct KeyView {
    /// Always `OKP`.
    kty: &'static str,
    /// Always `Ed25519`.
    crv: &'static str,
    /// Always `sig`.
    r#use: &'static str,
    /// Always `EdDSA`.
    alg: &'static str,
    /// The key's thumbprint (RFC 7638), as tokens name it.
    kid: String,
    x: String,
}

pub struct KeySet(KeySetView);

pub async fn jwks(open: Open) -> Result<KeySet, Problem> {
    let keys = keys::published(&open.state.app);
    let keys = keys.into_iter().map(|key| KeyView {
        kty: key.kty,
        crv: key.crv,
        r#use: key.r#use,
        alg: key.alg,
        kid: key.kid,
        x: key.x,
    });
    Ok(KeySet(KeySetView {
        keys: keys.collect(),
    }))
}

impl Responder for KeySet {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, CACHED))
            .json(self.0)
    }
}

impl Describe for KeySet {
    fn describe(operation: &mut Operation) {
        let schema = operation.schema::<KeySetView>();
        operation.answers.push((200, Some(schema)));
    }
}
