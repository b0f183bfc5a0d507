//! Borrowed things into what goes out.

pub(super) fn list<T, U: From<T>>(found: Vec<T>) -> Vec<U> {
    found.into_iter().map(U::from).collect()
}

pub(super) fn owned(text: &str) -> String {
    text.to_string()
}
