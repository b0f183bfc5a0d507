//! The OpenAPI 3.1 document, built from the table of routes and the types of their handlers.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Response,
    ResponseBuilder,
};

use super::describe::Operation;
use super::problem::{self, ProblemView};
use super::row::{Audience, Row};

/// A person's access token, and a program's key; both come as `Authorization: Bearer …`.
const SESSION: &str = "bearer";
const API_KEY: &str = "api_key";

pub fn document(table: &[Row]) -> OpenApi {
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    let mut paths = Paths::new();
    let mut common = Operation::default();
    common.schema::<ProblemView>();
    schemas.extend(common.schemas);
    for row in table {
        // A pattern that takes any tail is for files, not for programs.
        if row.path.contains(":.*}") {
            continue;
        }
        let mut about = row.describe();
        schemas.extend(std::mem::take(&mut about.schemas));
        add(&mut paths, row, operation(row, about));
    }
    let bearer = |format: &str, about: &str| {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format(format)
            .description(Some(about));
        SecurityScheme::Http(scheme.build())
    };
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(SESSION, bearer("JWT", "A person's, from POST /v1/tokens"))
        .security_scheme(
            API_KEY,
            bearer(
                "sanku_live_…",
                "A program's, from POST /v1/api-clients/{id}/keys",
            ),
        )
        .build();
    let info = InfoBuilder::new()
        .title("sanku (三库)")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The registry of a city's technology enterprises and its three cultivation pools.",
        ));
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(components))
        .build()
}

fn add(paths: &mut Paths, row: &Row, operation: utoipa::openapi::path::Operation) {
    let method = match row.method {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        _ => HttpMethod::Delete,
    };
    let item = PathItem::new(method, operation);
    match paths.paths.get_mut(row.path) {
        Some(known) => known.merge_operations(item),
        None => {
            paths.paths.insert(row.path.to_string(), item);
        }
    }
}

fn operation(row: &Row, about: Operation) -> utoipa::openapi::path::Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(row.operation))
        .summary(Some(row.summary))
        .tag(tag(row.path));
    if let (Audience::Account, Some(grant)) = (row.audience, row.permission) {
        let needs = |scheme| SecurityRequirement::new(scheme, Vec::<String>::new());
        let roles: Vec<&str> = grant.roles.iter().map(|role| role.as_str()).collect();
        let mut about = format!("Permission `{}`: {}.", grant.name, roles.join(", "));
        operation = operation.security(needs(SESSION));
        if let Some(scope) = grant.api_scope {
            operation = operation.security(needs(API_KEY));
            about += &format!(" API clients: scope `{scope}`.");
        }
        operation = operation.description(Some(about));
    }
    for name in path_parameters(row.path) {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(text));
        operation = operation.parameter(parameter.build());
    }
    for parameter in about.parameters {
        operation = operation.parameter(parameter);
    }
    if let Some(schema) = about.body {
        let media = if row.method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let content = ContentBuilder::new().schema(Some(schema)).build();
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content(media, content)
                .build(),
        ));
    }
    for (status, schema) in about.answers {
        operation = operation.response(status.to_string(), answer(status, schema));
    }
    let too_many = row.class.is_counted().then_some(429);
    for status in about.problems.into_iter().chain(too_many) {
        operation = operation.response(status.to_string(), problem());
    }
    operation.response("default", problem()).build()
}

fn answer(status: u16, schema: Option<Ref>) -> Response {
    let response = ResponseBuilder::new().description(match status {
        201 => "Made",
        202 => "Begun",
        204 => "Done",
        _ => "As asked",
    });
    match schema {
        Some(schema) => response
            .content(
                "application/json",
                ContentBuilder::new().schema(Some(schema)).build(),
            )
            .build(),
        None => response.build(),
    }
}

fn problem() -> Response {
    let schema = Ref::from_schema_name(ProblemView::name());
    ResponseBuilder::new()
        .description("Why not")
        .content(
            problem::MEDIA_TYPE,
            ContentBuilder::new().schema(Some(schema)).build(),
        )
        .build()
}

/// The collection a path belongs to.
fn tag(path: &str) -> &str {
    match path.strip_prefix("/v1/") {
        Some(rest) => rest.split('/').next().unwrap_or(rest),
        None => "service",
    }
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::routes::TABLE;

    #[test]
    fn one_name_stands_for_one_schema() {
        let mut known: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
        for row in TABLE {
            for (name, schema) in row.describe().schemas {
                let before = known.insert(name.clone(), schema.clone());
                let same = before.is_none_or(|before| before == schema);
                assert!(same, "{}: another schema is called {name} too", row.path);
            }
        }
    }
}
