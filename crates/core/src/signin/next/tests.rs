//! The table of authentication §9.1.

use proptest::prelude::*;

use super::*;
use crate::model::Level;

const SMS: Factor = Factor::Sms;
const TOKEN: Factor = Factor::SoftwareToken;
const EMAIL: Factor = Factor::Email;

/// A pool that offers all factors, and a user who has none.
fn facts(demand: Demand) -> Facts {
    Facts {
        temporary_password: false,
        demand,
        offered: Factor::ALL.to_vec(),
        possible: Vec::new(),
        activated: Vec::new(),
        preferred: None,
        recovery: None,
        device: Part::None,
        target: None,
        provable: Factor::ALL.to_vec(),
    }
}

fn step(facts: &Facts) -> Next {
    next(facts, Progress::PASSWORD)
}

#[test]
fn off_asks_for_nothing() {
    let user = Facts { possible: vec![SMS, TOKEN], activated: vec![TOKEN], ..facts(Demand::Off) };
    assert_eq!(step(&user), Next::Tokens);
}

#[test]
fn what_is_turned_on_is_asked_for() {
    for demand in [Demand::Optional, Demand::On] {
        let user = |activated: &[Factor], preferred| Facts {
            possible: Factor::ALL.to_vec(),
            activated: activated.to_vec(),
            preferred,
            ..facts(demand)
        };
        assert_eq!(step(&user(&[SMS, TOKEN], Some(TOKEN))), Next::Second(TOKEN));
        assert_eq!(step(&user(&[EMAIL], None)), Next::Second(EMAIL));
        assert_eq!(step(&user(&[SMS, TOKEN], None)), Next::SelectMfaType(vec![SMS, TOKEN]));
        // a preference that is no longer possible counts for nothing
        assert_eq!(step(&user(&[EMAIL], Some(SMS))), Next::Second(EMAIL));
    }
}

#[test]
fn optional_asks_only_for_what_is_turned_on() {
    let user = Facts { possible: Factor::ALL.to_vec(), ..facts(Demand::Optional) };
    assert_eq!(step(&user), Next::Tokens);
}

#[test]
fn on_asks_for_what_there_is() {
    let user = |possible: &[Factor]| Facts { possible: possible.to_vec(), ..facts(Demand::On) };
    assert_eq!(step(&user(&[TOKEN])), Next::Second(TOKEN));
    assert_eq!(step(&user(&[SMS])), Next::Second(SMS));
    assert_eq!(step(&user(&[EMAIL])), Next::Second(EMAIL));
    assert_eq!(step(&user(&[SMS, EMAIL])), Next::SelectMfaType(vec![SMS, EMAIL]));
    assert_eq!(step(&user(&[])), Next::MfaSetup(Factor::ALL.to_vec()));
    let only_sms = Facts { offered: vec![SMS], ..user(&[]) };
    assert_eq!(step(&only_sms), Next::NoMeans);
}

#[test]
fn the_first_way_of_recovery_is_no_automatic_factor() {
    let user = |possible: &[Factor], offered: &[Factor]| Facts {
        possible: possible.to_vec(),
        offered: offered.to_vec(),
        recovery: Some(SMS),
        ..facts(Demand::On)
    };
    assert_eq!(step(&user(&[SMS, EMAIL], &Factor::ALL)), Next::Second(EMAIL));
    assert_eq!(step(&user(&[SMS], &Factor::ALL)), Next::MfaSetup(Factor::ALL.to_vec()));
    // but it must not keep everybody out
    assert_eq!(step(&user(&[SMS], &[SMS])), Next::Second(SMS));
    // and what the user turned on is asked for
    let chosen = Facts { activated: vec![SMS], ..user(&[SMS], &Factor::ALL) };
    assert_eq!(step(&chosen), Next::Second(SMS));
}

#[test]
fn the_new_password_comes_before_the_second_factor() {
    let user = Facts { temporary_password: true, possible: vec![TOKEN], ..facts(Demand::On) };
    assert_eq!(step(&user), Next::NewPassword);
}

#[test]
fn one_second_factor_is_enough() {
    let user = Facts { possible: Factor::ALL.to_vec(), activated: vec![SMS, TOKEN], ..facts(Demand::On) };
    assert_eq!(next(&user, Progress { second: Some(SMS), ..Progress::PASSWORD }), Next::Tokens);
}

#[test]
fn a_remembered_device_proves_itself_after_a_second_factor_or_instead() {
    let answered = Progress { second: Some(SMS), ..Progress::PASSWORD };
    let proven = Progress { device: true, ..Progress::PASSWORD };
    let user = |device, demand| Facts { activated: vec![SMS], possible: vec![SMS], device, ..facts(demand) };
    for demand in [Demand::Optional, Demand::On] {
        let after = user(Part::AfterSecondFactor, demand);
        assert_eq!(step(&after), Next::Second(SMS));
        assert_eq!(next(&after, answered), Next::Device);
        assert_eq!(next(&after, Progress { device: true, ..answered }), Next::Tokens);
        // What was set the other way while the device proved itself counts as it is set now.
        assert_eq!(next(&after, proven), Next::Second(SMS));
        let instead = user(Part::InsteadOfSecondFactor, demand);
        assert_eq!(step(&instead), Next::Device);
        assert_eq!(next(&instead, proven), Next::Tokens);
        assert_eq!(next(&user(Part::None, demand), proven), Next::Second(SMS));
    }
    for device in [Part::AfterSecondFactor, Part::InsteadOfSecondFactor] {
        assert_eq!(step(&user(device, Demand::Off)), Next::Device);
        let temporary = Facts { temporary_password: true, ..user(device, Demand::On) };
        assert_eq!(next(&temporary, proven), Next::NewPassword);
    }
}

fn anyone() -> impl Strategy<Value = Facts> {
    let some = || prop::sample::subsequence(Factor::ALL.to_vec(), 0..=3);
    let demand = prop::sample::select(vec![Demand::Off, Demand::Optional, Demand::On]);
    let one = || prop::option::of(prop::sample::select(Factor::ALL.to_vec()));
    let part = prop::sample::select(vec![Part::None, Part::AfterSecondFactor, Part::InsteadOfSecondFactor]);
    (any::<bool>(), demand, some(), some(), some(), one(), one(), part).prop_map(
        |(temporary_password, demand, offered, possible, turned_on, preferred, recovery, device)| Facts {
            temporary_password,
            demand,
            offered,
            activated: turned_on.into_iter().filter(|factor| possible.contains(factor)).collect(),
            provable: possible.clone(),
            possible,
            preferred,
            recovery,
            device,
            target: None,
        },
    )
}

fn anything_proven() -> impl Strategy<Value = Progress> {
    let first = vec![FirstFactor::Password, FirstFactor::EmailOtp, FirstFactor::SmsOtp, FirstFactor::Custom];
    let second = prop::option::of(prop::sample::select(Factor::ALL.to_vec()));
    let caution = prop::sample::select(vec![
        Caution::None,
        Caution::SecondFactorIfAny,
        Caution::SecondFactor,
        Caution::Refusal,
    ]);
    (prop::sample::select(first), second, any::<bool>(), caution)
        .prop_map(|(first, second, device, caution)| Progress { first, second, device, caution })
}

proptest! {
    /// What tokens take, said the other way round.
    #[test]
    fn tokens_take_all_that_is_required(facts in anyone(), progress in anything_proven()) {
        let demanded = match facts.demand {
            Demand::Off => false,
            Demand::Optional => !facts.activated.is_empty(),
            Demand::On => true,
        };
        let answered = progress.second.is_some() || progress.first != FirstFactor::Password;
        let calm = progress.caution == Caution::None;
        let spared = facts.device == Part::InsteadOfSecondFactor && progress.device && calm;
        let device = facts.device == Part::None || progress.device;
        // The pool's functions ask for a new password themselves, if they want one.
        let renewed = !facts.temporary_password || progress.first == FirstFactor::Custom;
        let safe = match progress.caution {
            Caution::None | Caution::SecondFactorIfAny => true,
            Caution::SecondFactor => progress.second.is_some(),
            Caution::Refusal => false,
        };
        let due = safe && renewed && device && (!demanded || answered || spared);
        prop_assert_eq!(next(&facts, progress) == Next::Tokens, due);
    }

    /// Nobody is asked for what they cannot answer, nor left without a way.
    #[test]
    fn what_is_asked_for_can_be_answered(facts in anyone(), progress in anything_proven()) {
        match next(&facts, progress) {
            Next::Second(factor) => prop_assert!(facts.possible.contains(&factor)),
            Next::SelectMfaType(factors) => {
                prop_assert!(factors.len() > 1 && factors.iter().all(|factor| facts.possible.contains(factor)));
            }
            Next::MfaSetup(factors) => prop_assert!(factors.iter().any(|factor| *factor != SMS)),
            Next::NoMeans => prop_assert!(facts.possible.is_empty()),
            Next::Refused => prop_assert!(progress.caution >= Caution::SecondFactor),
            Next::Unmet => prop_assert!(facts.target.is_some()),
            Next::NewPassword | Next::Device | Next::Tokens => {}
        }
    }
}

fn cautious(caution: Caution) -> Progress {
    Progress { caution, ..Progress::PASSWORD }
}

// operations-and-protection §9.3
#[test]
fn a_risk_is_refused_whatever_is_there() {
    for demand in [Demand::Off, Demand::Optional, Demand::On] {
        let user = Facts { possible: vec![TOKEN], activated: vec![TOKEN], ..facts(demand) };
        let second = Progress { second: Some(TOKEN), ..cautious(Caution::Refusal) };
        for progress in [cautious(Caution::Refusal), second] {
            assert_eq!(next(&user, progress), Next::Refused);
        }
    }
}

#[test]
fn a_risk_asks_for_a_second_factor_whatever_the_device() {
    let device = Part::InsteadOfSecondFactor;
    for caution in [Caution::SecondFactorIfAny, Caution::SecondFactor] {
        let user = Facts { possible: vec![TOKEN], activated: vec![TOKEN], device, ..facts(Demand::Optional) };
        assert_eq!(next(&user, cautious(caution)), Next::Second(TOKEN));
        let done = Progress { second: Some(TOKEN), ..cautious(caution) };
        assert_eq!(next(&user, done), Next::Device);
    }
    assert_eq!(next(&facts(Demand::Optional), cautious(Caution::SecondFactorIfAny)), Next::Tokens);
}

#[test]
fn a_demanded_factor_cannot_be_set_up_on_the_way() {
    for demand in [Demand::Off, Demand::Optional, Demand::On] {
        assert_eq!(next(&facts(demand), cautious(Caution::SecondFactor)), Next::Refused);
        let code = Progress { first: FirstFactor::EmailOtp, ..cautious(Caution::SecondFactor) };
        assert_eq!(next(&facts(demand), code), Next::Refused);
    }
    let new_password = Facts { temporary_password: true, ..facts(Demand::Optional) };
    assert_eq!(next(&new_password, cautious(Caution::SecondFactor)), Next::NewPassword);
}

/// Authentication §18.
#[test]
fn what_is_missing_for_a_level_is_asked_for() {
    let target = |levels: &[Level], credited: &[Method]| {
        Some(Target::to(levels.to_vec(), Methods::new(credited.iter().copied())))
    };
    let user = |provable: &[Factor], target| Facts {
        provable: provable.to_vec(),
        possible: provable.to_vec(),
        target,
        ..facts(Demand::Optional)
    };
    let pwd = &[Method::Password][..];
    assert_eq!(step(&user(&[], target(&[Level::One], &[]))), Next::Tokens);
    assert_eq!(step(&user(&[TOKEN], target(&[Level::Four], &[]))), Next::Second(TOKEN));
    assert_eq!(step(&user(&[TOKEN, EMAIL], target(&[Level::Four], pwd))), Next::Second(TOKEN));
    assert_eq!(step(&user(&[EMAIL], target(&[Level::Four], &[]))), Next::Unmet);
    // The best that the user can reach, of those that are asked for.
    assert_eq!(step(&user(&[EMAIL], target(&[Level::Four, Level::Three], &[]))), Next::Second(EMAIL));
    assert_eq!(step(&user(&[], target(&[Level::Four, Level::One], &[]))), Next::Tokens);
    let several = user(&[SMS, EMAIL], target(&[Level::Three], &[]));
    assert_eq!(step(&several), Next::SelectMfaType(vec![SMS, EMAIL]));
    // An earlier proof counts, and a passkey is enough for the third.
    let passkey = Progress { first: FirstFactor::WebAuthn, ..Progress::PASSWORD };
    assert_eq!(next(&user(&[], target(&[Level::Three], &[])), passkey), Next::Tokens);
    assert_eq!(next(&user(&[TOKEN], target(&[Level::Four], pwd)), passkey), Next::Second(TOKEN));
    let done = Progress { second: Some(TOKEN), ..Progress::PASSWORD };
    assert_eq!(next(&user(&[TOKEN], target(&[Level::Four], &[])), done), Next::Tokens);
    // What can only be set up is set up where the pool demands a factor anyway, and it reaches the level.
    let demanded = Facts { target: target(&[Level::Four], &[]), provable: vec![], ..facts(Demand::On) };
    assert_eq!(step(&demanded), Next::MfaSetup(vec![TOKEN]));
}
