//! Passwords that are guessed (弱口令). Here and not in `domain`, since the estimate goes by the year in which it is made.

use zxcvbn::{Score, zxcvbn};

use crate::domain::account_policy::LOCAL_WORDS;

/// Whether ten thousand million guesses find it (score below 4): the 30,000 commonest passwords, words, names, keyboard
/// walks, dates and repetitions, strung together, and what is easily guessed here: the own name and the words of this
/// place and office. ASVS 5.0 6.2.4 and 6.2.11.
pub(super) fn is_guessable(password: &str, username: &str) -> bool {
    let name = folded(username);
    let mut guessed_here = vec![name.as_str()];
    guessed_here.extend(username.split(|it: char| !it.is_alphanumeric()));
    guessed_here.extend(LOCAL_WORDS.iter());
    zxcvbn(&folded(password), &guessed_here).score() < Score::Four
}

/// Small letters and digits (of any script), with the usual disguises taken off: what stands between words makes nothing
/// harder to guess, and signs for letters cost the estimate a second instead of a millisecond.
fn folded(text: &str) -> String {
    let plain = |it: char| match it {
        '@' => 'a',
        '$' => 's',
        '!' => 'i',
        _ => it,
    };
    let characters = text.chars().flat_map(char::to_lowercase).map(plain);
    characters.filter(|it| it.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_guessed_is_refused_and_nothing_else() {
        for guessed in [
            "correct horse 1",
            "passwordpassword",
            "P@$$word-1234567890",
            "qwertyuiopasdfghjkl",
            "aaaaaaaaaaaaaaaaaaaa",
            "Wang.Fang-Shaoxing-2026",
            "123456789012345678",
            "111222333444555666",
            "woaini1314woaini1314",
            "zhejiangshaoxing123",
            "iloveyou12345678",
            "KejiJu-Admin-888888",
        ] {
            assert!(is_guessable(guessed, "wang.fang"), "{guessed}");
        }
        for secret in [
            "vier kleine bären",
            "xk2-vv9q-77th-lo0p",
            "我们的三库要守好口令十五字呀呀",
        ] {
            assert!(!is_guessable(secret, "wang.fang"), "{secret}");
        }
    }

    proptest! {
        // Each takes a debug build a tenth of a second.
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_text_at_all_gets_a_verdict(password in "\\PC{15,128}", username in "\\PC{0,64}") {
            let _ = is_guessable(&password, &username);
        }
    }
}
