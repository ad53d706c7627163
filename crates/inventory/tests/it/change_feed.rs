//! The change log as a feed, followed while others write.

use std::collections::HashSet;

use indexmap::IndexMap;
use tokio::sync::watch;
use trueup_inventory::{ChangeContext, ChangeCursor, ChangesError, ChangesRequest, Inventory, RecordId};

use crate::support::*;

fn after(after: Option<ChangeCursor>, limit: usize) -> ChangesRequest {
    ChangesRequest { filters: IndexMap::new(), restrict: None, after, limit }
}

/// Reads on from a place to the end, and tells the ids and where it came to.
async fn follow(inventory: &Inventory, from: Option<ChangeCursor>, limit: usize) -> (Vec<RecordId>, ChangeCursor) {
    let (mut seen, mut at) = (Vec::new(), from);
    loop {
        let page = inventory.reader().await.unwrap().changes(&after(at, limit)).await.unwrap();
        assert!(page.changes.len() <= limit);
        seen.extend(page.changes.iter().map(|(_, record)| record.id()));
        at = Some(page.next);
        if !page.more {
            return (seen, page.next);
        }
    }
}

#[tokio::test]
async fn pages_of_any_size_are_the_same_feed() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let many: Vec<_> = (0..25).map(|number| device(&format!("sw{number}"), "AMS")).collect();
    fixture.ok(&many).await;
    let (all, end) = follow(&fixture.inventory, None, 1000).await;
    assert!(all.len() > 30);
    for limit in [1, 2, 7] {
        assert_eq!(follow(&fixture.inventory, None, limit).await, (all.clone(), end), "{limit}");
    }
    // At the end there is nothing, and what comes later comes once.
    assert_eq!(follow(&fixture.inventory, Some(end), 10).await, (Vec::new(), end));
    fixture.ok(&[create("tenancy.tenant", &[("name", "late".into())])]).await;
    let (late, later) = follow(&fixture.inventory, Some(end), 10).await;
    assert!(late.len() == 1 && later != end, "{late:?}");
    // Who asks for none would stand still, or go past what there is.
    let mut reader = fixture.inventory.reader().await.unwrap();
    let page = reader.changes(&after(None, 0)).await.unwrap();
    assert_eq!((page.changes.len(), page.changes[0].1.id(), page.changes[0].0), (1, all[0], page.next));
    // The cursor of each change is the place behind it.
    let page = reader.changes(&after(None, 10)).await.unwrap();
    let (place, _) = page.changes[4];
    assert_eq!(follow(&fixture.inventory, Some(place), 3).await.0[..5], all[5..10]);
}

/// Several programs write while one follows, which comes by at least once in every transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_skipped_or_repeated_while_others_write() {
    let fixture = Fixture::new().await;
    let (_, start) = follow(&fixture.inventory, None, 1000).await;
    let (came_by, follower) = watch::channel(0);
    // Opening waits for writers, and these wait for the follower.
    let mut inventories = Vec::new();
    for _ in 0..4 {
        inventories.push(fixture.database.open().await);
    }
    let mut writers = Vec::new();
    for (writer, inventory) in inventories.into_iter().enumerate() {
        let mut follower = follower.clone();
        writers.push(tokio::spawn(async move {
            let context = ChangeContext::job("writer", "tests");
            let mut own = inventory.writer();
            for batch in 0..12 {
                own.begin().await.unwrap();
                for part in 0..2 {
                    let name = format!("{writer}-{batch}-{part}");
                    let outcome = own.write(&[create("tenancy.tenant", &[("name", name.into())])], &context).await;
                    outcome.unwrap().remove(0).unwrap();
                    follower.borrow_and_update();
                    follower.changed().await.unwrap();
                }
                // Some writes are taken back: their revisions are others' then.
                if batch % 4 == 3 { own.rollback().await.unwrap() } else { own.commit().await.unwrap() }
            }
            inventory.close().await;
        }));
    }
    let (mut seen, mut at, mut rounds) = (Vec::new(), start, 0);
    let mut running = true;
    while running {
        running = writers.iter().any(|writer| !writer.is_finished());
        let (found, next) = follow(&fixture.inventory, Some(at), 3).await;
        rounds += usize::from(!found.is_empty());
        seen.extend(found);
        at = next;
        came_by.send_modify(|times| *times += 1);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let distinct: HashSet<RecordId> = seen.iter().copied().collect();
    assert_eq!((seen.len(), distinct.len()), (4 * 9 * 2, 4 * 9 * 2));
    assert_eq!(
        follow(&fixture.inventory, Some(start), 1000).await.0,
        seen,
        "the order that it was seen in is that of the log"
    );
    assert!(rounds > 2, "it was read while others wrote, in {rounds} rounds");
}

#[tokio::test]
async fn a_cursor_of_a_later_state_is_refused() {
    let fixture = Fixture::new().await;
    let mut reader = fixture.inventory.reader().await.unwrap();
    let newest = reader.newest_change().await.unwrap();
    let ahead: ChangeCursor = "999999".parse().unwrap();
    match reader.changes(&after(Some(ahead), 10)).await {
        Err(ChangesError::Ahead { after, newest: told }) => assert_eq!((after, told), (ahead, newest)),
        other => panic!("{other:?}"),
    }
}

/// The rows that an earlier version has written come first, in the order of their ids, which are of their times.
#[tokio::test]
async fn filters_take_their_part_of_the_feed() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[delete("dcim.devicetype", &[("model", "X1".into())])]).await;
    fixture
        .sql("UPDATE extras_objectchange SET revision = 0 WHERE action = 'delete'", trueup_inventory::Args::default())
        .await;
    let (all, _) = follow(&fixture.inventory, None, 100).await;
    let mut reader = fixture.inventory.reader().await.unwrap();
    let mut request = after(None, 2);
    request.filters.insert("changed_object_type".to_owned(), vec!["dcim.location".to_owned()]);
    let page = reader.changes(&request).await.unwrap();
    assert_eq!((page.changes.len(), page.more), (2, false));
    request.filters.insert("changed_object_type".to_owned(), vec!["dcim.devicetype".to_owned()]);
    let page = reader.changes(&request).await.unwrap();
    assert_eq!(page.changes[0].1.id(), all[0], "what has no revision is older than all that has");
}
