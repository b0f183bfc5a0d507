//! What an operation takes and answers, told by the types of its handler: the documents cannot drift from the code.

use std::collections::BTreeSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr, Required};

use super::problem::Problem;

/// Collects what the parts of a handler say about themselves.
#[derive(Default)]
pub struct Operation {
    pub parameters: Vec<Parameter>,
    pub body: Option<Ref>,
    /// Status and schema of what is answered when all goes well.
    pub answers: Vec<(u16, Option<Ref>)>,
    /// Statuses of the problems that may be answered.
    pub problems: BTreeSet<u16>,
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

pub trait Describe {
    fn describe(operation: &mut Operation);
}

impl Operation {
    /// Notes a type among the schemas and points to it.
    pub fn schema<T: ToSchema>(&mut self) -> Ref {
        let name = T::name().into_owned();
        let reference = Ref::from_schema_name(&name);
        self.schemas.push((name, T::schema()));
        T::schemas(&mut self.schemas);
        reference
    }

    pub fn problems(&mut self, statuses: &[u16]) {
        self.problems.extend(statuses);
    }

    pub fn header(&mut self, name: &str, description: &str) {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let header = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(text));
        self.parameters.push(header.build());
    }
}

/// An argument that only says what the operation may answer besides, where no other argument says so.
pub struct May<const STATUS: u16>;

impl<const STATUS: u16> FromRequest for May<STATUS> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(May))
    }
}

impl<const STATUS: u16> Describe for May<STATUS> {
    fn describe(operation: &mut Operation) {
        operation.problems(&[STATUS]);
    }
}

/// The parameters of a path stand in its pattern.
impl<T> Describe for web::Path<T> {
    fn describe(operation: &mut Operation) {
        operation.problems(&[404]);
    }
}

impl<T: Describe, E> Describe for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}
