// The dispatcher: a thread of its own that gives pipeline::Dispatch its facts and carries out what it says.
// It reads the slices whose turn has come, makes consignments, gives them to the courier, settles what the
// courier reports and has it committed. Everything reaches it as an event through one queue; all its state
// belongs to its thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "admin/desk.h"
#include "daemon/copies.h"
#include "daemon/running.h"
#include "delivery/carrier.h"
#include "lists/unsubscribe_token.h"
#include "pipeline/bounce_address.h"
#include "pipeline/dispatch.h"
#include "pipeline/settle.h"
#include "queue/consignment.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::daemon {

class Dispatcher {
 public:
  // All three must be there until it has ended; the courier may go on reporting until it is destroyed. The
  // thread begins with start().
  Dispatcher(store::Store& store, const InForce& in_force, delivery::Carrier& courier,
             pipeline::Mac bounce_mac, lists::Mac unsubscribe_mac, std::uint64_t entropy);
  ~Dispatcher();

  // Told of each report that settled something; before start(), on the dispatcher's thread.
  using Watch = std::function<void(const store::Posting&, const pipeline::Settled&, Instant now)>;
  void watch(Watch watch) { watch_ = std::move(watch); }

  // Looks up what was left by the run before. Errors: those of the store.
  Result<void> start();
  void stop();  // takes nothing new into hand; what is in hand is reported and committed as long as the
                // courier runs
  // Ends the thread, and waits until the store has answered what was to be recorded. Reports that come later
  // are dropped: the store still says not delivered.
  void end();

  // Any thread. A posting that was stopped may be opened again, when its list is thawed.
  void opened(PostingId posting, std::int64_t recipients);
  void stopped(
      PostingId posting);  // dropped, recalled, or its list is frozen: what is in hand is called back
  void look_again();
  std::size_t in_hand() const;
  std::size_t unsettled() const { return in_hand_count_ + records_under_way_; }  // in hand, or being recorded

  // So that slices can be changed under it: nothing new is handed over, what is in hand is called back.
  // Blocks until all of it is recorded; false: it was not within the limit. Not from the dispatcher's thread
  // or the writer's.
  bool hold(std::chrono::milliseconds limit);
  void release();
  // In hand still, though an earlier hold() has called it back: to call back the others would be in vain.
  std::size_t stayed() const { return stayed_; }
  // The destinations that are left alone at present, because nobody answered there. Any thread.
  std::map<std::string, admin::Pause> paused() const;
  std::optional<admin::Pause> pause_of(const std::string& destination) const;
  std::uint64_t transactions() const { return transactions_; }  // since the start

 private:
  struct Opened {
    PostingId posting;
    std::int64_t recipients = 0;
  };
  struct Stopped {
    PostingId posting;
  };
  struct LookAgain {};
  struct CallBack {};
  struct Release {};
  struct Committed {
    queue::SliceKey key;
    std::optional<Instant> due;
    bool posting_done = false;
    std::optional<Opened> notice;  // a DSN that was written with it
  };
  // What a report leaves to be written.
  struct Record {
    store::Progress progress;
    std::vector<store::Bounce> bounces;
    bool try_ended = false;  // the slice is no longer in hand
    bool again = false;      // writing it failed before
    bool by_people = false;  // mail for owners or the postmaster: a failure may be due a notice
  };
  struct NotCommitted {
    Record record;
  };
  using Event =
      std::variant<Opened, Stopped, LookAgain, CallBack, Release, queue::Report, Committed, NotCommitted>;

  struct InHand {
    pipeline::Ticket ticket;
    queue::Slice slice;
    queue::Bitmap answered;
    store::Posting posting;
    std::uint32_t named = 0;                  // recipients that got an answer in this try
    std::uint32_t put_off = 0;                // answers in this try that deferred somebody
    std::shared_ptr<std::atomic<bool>> stop;  // its consignment's
    bool given_up = false;                    // past its time at a dead destination: it has no connection
    bool stayed = false;                      // called back by a hold() that is over
  };

  void run();
  void post(Event event);
  void handle(Event& event, Instant now);
  void on_report(const queue::Report& report, Instant now);
  std::optional<queue::Pace::Refusal> hear(InHand& in_hand, const queue::Report& report, Instant now);
  void note_pause(const std::string& destination, Instant until, const std::string& reply);
  Record record_of(const InHand& in_hand, const queue::Report& report, pipeline::Settled& settled) const;
  void on_committed(const Committed& committed);
  bool was_called_back(const InHand& in_hand) const;
  void fetch_windows(Instant now);
  void hand_over(Instant now);
  void give_up_expired(Instant now);
  Result<void> give_up(const pipeline::Ticket& ticket, Instant now);
  void not_handed_over(const pipeline::Ticket& ticket, const Error& why, Instant now);
  Result<InHand> look_up(store::Connection& db, const pipeline::Ticket& ticket);
  Instant end_of(const std::string& destination, std::uint32_t attempts, Instant due, Instant expires) const;
  void no_longer_in_hand(std::map<queue::SliceKey, InHand>::iterator slice);
  Result<void> hand_over(const pipeline::Ticket& ticket, Instant now);
  queue::Consignment consign(const InHand& in_hand, const queue::Route& route, queue::Copy copy, Instant now);
  void add_own_head(queue::Consignment& consignment, ListId list) const;
  void commit(Record record);
  void log_report(const InHand& in_hand, const queue::Report& report, const pipeline::Settled& settled) const;
  std::shared_ptr<std::atomic<bool>> stop_of(PostingId posting);
  bool is_out(PostingId posting) const;
  void open(const Opened& opened);
  void stop(PostingId posting);
  void ended(queue::SliceKey key, std::optional<Instant> due);

  store::Store& store_;
  const InForce& in_force_;
  delivery::Carrier& courier_;
  pipeline::Mac bounce_mac_;
  lists::Mac unsubscribe_mac_;
  std::uint64_t entropy_;
  Watch watch_;
  pipeline::Dispatch dispatch_;
  Copies copies_;
  std::map<queue::SliceKey, InHand> in_hand_;
  std::map<PostingId, std::shared_ptr<std::atomic<bool>>> stops_;
  // From being handed over until its end is recorded. Read from the store in between, a slice would be sent
  // twice; so a posting that is stopped and opened again waits until none of its slices is out.
  std::set<queue::SliceKey> out_;
  std::set<queue::SliceKey> given_up_;                       // those of out_ that are
  std::map<PostingId, std::optional<Opened>> winding_down_;  // stopped; what to open when it has come to rest
  bool stalled_ = false;  // progress could not be written: nothing new is handed over until it can

  mutable std::mutex mutex_;
  std::condition_variable something_;
  std::deque<Event> events_;
  bool ended_ = false;
  std::size_t unanswered_ = 0;                  // records that the store has; guarded by mutex_
  std::map<std::string, admin::Pause> paused_;  // changed by the dispatcher's thread only
  std::atomic<bool> stopping_{false}, held_{false}, called_back_{false};
  std::atomic<std::size_t> records_under_way_{0};
  std::atomic<std::size_t> in_hand_count_{0}, stayed_{0};
  std::atomic<std::uint64_t> transactions_{0};
  std::thread thread_;
};

}  // namespace breakwater::daemon
