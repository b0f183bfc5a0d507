//! The known name most like a mistyped one, for "did you mean …".

/// The candidate with the fewest typing errors against `name`, if few enough to be a slip of the keys.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(MAX_CHARS).collect();
    let allowed = (name.len() / 3).clamp(1, 4);
    candidates
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hostile name must not cost more than an honest one.
const MAX_CHARS: usize = 64;

/// Typing errors between two names: a letter left out, added, replaced, or swapped with its neighbour.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut two_back = vec![0; right.len() + 1];
    let mut one_back: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1; right.len() + 1];
        for (j, b) in right.iter().enumerate() {
            let replaced = one_back[j] + usize::from(a != b);
            row[j + 1] = replaced.min(row[j] + 1).min(one_back[j + 1] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                row[j + 1] = row[j + 1].min(two_back[j - 1] + 1);
            }
        }
        two_back = std::mem::replace(&mut one_back, row);
    }
    one_back[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_matched_and_strangers_are_not() {
        let known = || ["sales", "staff_total", "tech_staff"].into_iter();
        assert_eq!(nearest("sale", known()), Some("sales"));
        assert_eq!(nearest("staf_total", known()), Some("staff_total"));
        assert_eq!(nearest("slaes", known()), Some("sales"));
        assert_eq!(nearest("weather", known()), None);
        assert_eq!(nearest("", known()), None);
    }
}
