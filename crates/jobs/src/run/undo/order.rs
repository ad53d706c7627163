//! An order in which records come back: each after those that it cannot be without, and as far as possible after those
//! that it refers to.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What one of several needs of the others, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs {
    /// It cannot be without these.
    pub must: Vec<usize>,
    /// It may come before these, and be told of them later.
    pub may: Vec<usize>,
}

/// The numbers in such an order, the lowest first among those that are free. Where all that is left wait for each other,
/// the lowest goes first that only may wait; and if there is none, the lowest.
pub(super) fn ordered(needs: &[Needs]) -> Vec<usize> {
    let mut musts: Vec<usize> = needs.iter().map(|needs| needs.must.len()).collect();
    let mut mays: Vec<usize> = needs.iter().map(|needs| needs.may.len()).collect();
    let mut dependants: Vec<Needs> = vec![Needs::default(); needs.len()];
    for (number, needs) in needs.iter().enumerate() {
        needs.must.iter().for_each(|needed| dependants[*needed].must.push(number));
        needs.may.iter().for_each(|needed| dependants[*needed].may.push(number));
    }
    let all = || (0..needs.len()).map(Reverse);
    let mut free: BinaryHeap<Reverse<usize>> =
        all().filter(|Reverse(number)| musts[*number] == 0 && mays[*number] == 0).collect();
    let mut possible: BinaryHeap<Reverse<usize>> = all().filter(|Reverse(number)| musts[*number] == 0).collect();
    let mut rest = 0..needs.len();
    let mut done = vec![false; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    while let Some(next) = free.pop().or_else(|| possible.pop()).map(|Reverse(next)| next).or_else(|| rest.next()) {
        if std::mem::replace(&mut done[next], true) {
            continue;
        }
        order.push(next);
        let Needs { must, may } = &dependants[next];
        for dependant in must {
            musts[*dependant] -= 1;
            if musts[*dependant] == 0 {
                possible.push(Reverse(*dependant));
            }
        }
        may.iter().for_each(|dependant| mays[*dependant] -= 1);
        let now_free = must.iter().chain(may).filter(|dependant| musts[**dependant] == 0 && mays[**dependant] == 0);
        free.extend(now_free.map(|dependant| Reverse(*dependant)));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(needs: &[(&[usize], &[usize])]) -> Vec<usize> {
        let needs = needs.iter().map(|(must, may)| Needs { must: must.to_vec(), may: may.to_vec() });
        ordered(&needs.collect::<Vec<_>>())
    }

    #[test]
    fn each_comes_after_what_it_needs() {
        assert_eq!(order(&[(&[], &[]), (&[], &[]), (&[], &[])]), [0, 1, 2]);
        assert_eq!(order(&[(&[1], &[]), (&[2], &[]), (&[], &[])]), [2, 1, 0]);
        assert_eq!(order(&[(&[], &[1]), (&[], &[]), (&[0], &[])]), [1, 0, 2]);
        assert_eq!(order(&[(&[], &[1]), (&[0], &[])]), [0, 1], "what may wait for each other does not");
        assert_eq!(order(&[(&[], &[1]), (&[], &[0])]), [0, 1]);
        assert_eq!(order(&[(&[1], &[]), (&[0], &[]), (&[], &[])]), [2, 0, 1], "what cannot be is still there");
        assert_eq!(order(&[(&[2], &[]), (&[2], &[0]), (&[], &[1])]), [2, 0, 1]);
    }
}
