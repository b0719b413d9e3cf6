// Mail transactions by CHUNKING (RFC 3030): the content goes behind its BDAT without being asked for, so that
// whole transactions can follow one another without a wait (RFC 2920), their answers told apart by their
// order. Three things keep that honest:
//  - Nothing is sent before its people are known, but content goes before their answers are. So each
//    transaction that follows another begins with RSET: after a refusal the envelope may still be there, and
//    its next recipient would join a message of another reverse-path.
//  - A connection that has just been taken up shows that it lives before content is entrusted to it, else
//  each
//    idle connection that its peer has closed would defer people who were never tried.
//  - The number in flight begins with one, grows with each acceptance and halves where the peer defers:
//  whoever
//    takes one message a connection leaves no more than one in doubt.
#include <algorithm>
#include <charconv>

#include "smtp/client.h"
#include "terms/invariant.h"

namespace breakwater::smtp {
namespace {

constexpr std::uint64_t kBytesInFlight = 512UL * 1024;  // content; one message may be of any size
constexpr std::uint64_t kUnasked = 64UL * 1024;         // more is sent when somebody was accepted only

}  // namespace

// LMTP stays with DATA: how many answers a refused BDAT gets is told neither by RFC 2033 nor by RFC 3030.
bool Client::chunking() const { return options_.chunking && offered_.chunking && !options_.lmtp; }

// About the command, not about the message: the peer does not know what it offers.
bool Client::knows_no_chunks() const {
  const int code = parser_.code();
  return (code >= 500 && code <= 504) || (code == 554 && parser_.enhanced().starts_with("5.5."));
}

Client::Next Client::begin_flight() {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, chunk_size()).ptr;
  bdat_.assign("BDAT ").append(digits, static_cast<std::size_t>(end - digits)).append(" LAST\r\n");
  if (!flight_) flight_ = std::make_unique<Flight>();
  phase_ = Phase::flight;
  return fly();
}

// What can go on its way now. Called when all that was read has been taken in, so that it is one write.
Client::Next Client::fly() {
  Flight& flight = *flight_;
  for (std::size_t at = 0; at < flight.size(); ++at) flight[at].fresh = false;
  cuts_.clear();
  go_on();
  // Half of them at once and not one by one: writes and reads of many cost both sides less.
  const bool refill = flight.size() <= in_flight_ / 2;
  while (refill && may_add()) {
    if (!flight.empty()) reset_first_ = true;
    Transaction& next = flight.add();
    if (!compose(next)) {
      flight.drop_last();
      break;
    }
    send_in_flight(next);
  }
  assemble();
  if (!flight.empty()) return Next::read;
  phase_ = Phase::ready;
  return Next::ready;
}

bool Client::may_add() const {
  const Flight& flight = *flight_;
  if (transactions_ + flight.size() >= max_transactions_ || todo_->empty()) return false;
  if (flight.empty()) return true;
  std::size_t bytes = flight[flight.size() - 1].bytes;  // of one more like it, and of those unanswered
  for (std::size_t at = 0; at < flight.size(); ++at) bytes += flight[at].fresh ? 0 : flight[at].bytes;
  return flight[flight.size() - 1].all_sent() && flight.size() < in_flight_ && unasked() &&
         (flight.size() + 1) * chunk_size() <= kBytesInFlight && unanswered_ + batch_ + 3 <= kWindow &&
         commands_.size() + bytes <= kWindowBytes;
}

bool Client::unasked() const {
  return offered_.pipelining && answers_ > 0 && in_flight_ > 1 && chunk_size() <= kUnasked;
}

// A transaction that waits with its next commands for the answers to the last ones; it is alone then.
void Client::go_on() {
  Flight& flight = *flight_;
  if (flight.empty()) return;
  Transaction& last = flight[flight.size() - 1];
  if (last.all_sent() || last.answered < last.sent) return;
  const bool chunk_next = last.all_but_one_answered();
  if (!last.abandoned && !(chunk_next && (last.accepted.empty() || load_->stopped()))) {
    send_in_flight(last);
    return;
  }
  flush_refused();  // a BDAT would be in vain, or is not wanted any more
  if (!last.abandoned && !last.accepted.empty()) {
    todo_->give_back(last.accepted.data(), last.accepted.size());
  } else {
    ++transactions_;
  }
  reset_first_ = true;
  flight.pop();
}

void Client::send_in_flight(Transaction& transaction) {
  const std::size_t chunk = transaction.commands() - 1;
  const std::size_t window = offered_.pipelining ? kWindow - unanswered_ : 1;
  const std::size_t end = std::min(chunk, transaction.sent + window);
  transaction.fresh = true;
  const std::size_t before = commands_.size();
  for (; transaction.sent < end && commands_.size() < kWindowBytes; ++transaction.sent, ++unanswered_)
    render(transaction, transaction.sent);
  transaction.bytes += commands_.size() - before;
  if (transaction.sent != chunk || (transaction.answered != chunk && !unasked())) return;
  commands_.append(bdat_);
  render_own_head(transaction.to.front());
  cuts_.push_back(commands_.size());
  ++transaction.sent;
  ++unanswered_;
}

// The commands are one text, which moves while it grows: pointers into it are taken at the end.
void Client::assemble() {
  output_.clear();
  const std::string_view commands = commands_;
  std::size_t from = 0;
  for (const std::size_t cut : cuts_) {
    output_.push_back(commands.substr(from, cut - from));
    output_.push_back(*content_->chunk_head);
    output_.push_back(*content_->chunk_body);
    if (!content_->chunk_end.empty()) output_.push_back(content_->chunk_end);
    from = cut;
  }
  if (from < commands.size()) output_.push_back(commands.substr(from));
}

Client::Next Client::on_flight_reply() {
  Transaction& front = flight_->front();
  const int code = parser_.code();
  if (code / 100 == 3) return refuse("gave an answer that does not fit");
  if (front.all_but_one_answered()) return on_chunk_reply(front);
  const std::size_t command = front.answered++;
  --unanswered_;
  if (command == 0) {
    // The only mark in the stream. Without it the next envelope may be the old one, and an answer too many
    // would be taken for the next one's: what is in doubt is tried again.
    if (code >= 300) return refuse("does not reset");
  } else if (command == 1) {
    on_mail_reply(front);
  } else {
    on_rcpt_reply(front, front.to[command - 2]);
  }
  return Next::read;
}

Client::Next Client::on_chunk_reply(Transaction& front) {
  const int code = parser_.code();
  // 503 is what servers say who were given no recipient they take. Whoever does not know BDAT may read its
  // content as commands, and what they answer to those is about nobody.
  if (knows_no_chunks() && !(code >= 503 && front.accepted.empty())) {
    refuses_chunks_ = true;
    if (taken_ == 0 && flight_->size() == 1) {  // the first of all: it was not taken, and goes again by DATA
      flush_refused();
      todo_->give_back(front.accepted.data(), front.accepted.size());
      flight_->pop();
      --unanswered_;
    }
    return refuse(
        "does not take BDAT, though it offers CHUNKING (the route's setting `chunking` turns it off)");
  }
  flush_refused();
  if (code < 300 && front.abandoned) {
    ++transactions_;
    return refuse("takes a message whose sender it refused");
  }
  const bool took_anybody = !front.accepted.empty();
  settle_all(front.accepted, code);  // 2xx for nobody is an answer of no consequence, as RFC 2920 3.1 has it
  taken_ += code < 300 && took_anybody;
  if (code < 300 && took_anybody) in_flight_ = std::min(in_flight_ + 1, Flight::kSlots);
  if (code / 100 == 4 || !took_anybody) in_flight_ = std::max<std::size_t>(in_flight_ / 2, 1);
  reset_first_ = code >= 300;  // RFC 3030 4.2: what is left of it is not defined
  ++transactions_;
  --unanswered_;
  flight_->pop();
  return Next::read;
}

// After a broken write. What was in it may be with the peer in part only: it cannot have been accepted.
Client::Next Client::hear_last_words(std::string_view words) {
  while (unanswered_ > 0 && parser_.next(words) == ReplyParser::Status::reply) {
    const Transaction& front = flight_->front();
    if (parser_.code() == 421) {
      reply_text();
      return close(line_);
    }
    if (front.fresh && front.all_but_one_answered() && parser_.code() < 400) break;
    if (on_flight_reply() == Next::close) return Next::close;
  }
  return Next::read;
}

// The connection ends. Behind a 421 nothing was begun (RFC 5321 3.8: the server closes); behind a silence
// everything may have been taken whose content was sent.
void Client::settle_flight() {
  Flight& flight = *flight_;
  const bool said = why_.starts_with("421");
  for (bool front = true; !flight.empty(); front = false, flight.pop()) {
    Transaction& one = flight.front();
    if (one.abandoned) continue;
    const std::size_t answered = std::min(one.answered < 2 ? 0 : one.answered - 2, one.to.size());
    run_.assign(one.accepted.begin(), one.accepted.end());
    run_.insert(run_.end(), one.to.begin() + static_cast<std::ptrdiff_t>(answered), one.to.end());
    if (run_.empty()) continue;
    const bool unheard = peer_closed_ && taken_ > 0 && !was_begun(one);
    if (one.all_sent() && !unheard && (!said || (front && one.all_but_one_answered()))) {
      load_->settle(Settled::deferred, why_, run_.data(), run_.size());
    } else {
      todo_->give_back(run_.data(), run_.size());
    }
  }
  unanswered_ = 0;
}

}  // namespace breakwater::smtp
