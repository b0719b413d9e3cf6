// hold.ls, hold.show, audit.ls
#include "store/hold.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "mail/address.h"
#include "mail/own_text.h"
#include "mail/utf8.h"
#include "store/directory.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kListed = 1000;
constexpr std::size_t kShownBytes = 4000, kShownLines = 20, kShownWidth = 500;

boost::json::object held_posting(const store::Posting& posting) {
  return {{"posting", format_id(posting.id)},
          {"list", posting.list_address},
          {"verdict", posting.verdict},
          {"received", iso_time(posting.received)},
          {"until", posting.until ? iso_time(*posting.until) : std::string()},
          {"sender", posting.sender},
          {"subject", posting.subject},
          {"recipients", posting.recipients},
          {"approvals", posting.approvals},
          {"thread", posting.thread},
          {"reason", posting.reason}};
}

boost::json::array first_lines(const std::string& text) {
  boost::json::array lines;
  std::string_view rest = text;
  while (!rest.empty() && lines.size() < kShownLines) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines.emplace_back(mail::printable(rest.substr(0, end), kShownWidth));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

// Also of a list whose file is gone.
Result<std::string> address_named(store::Connection& db, const config::Config& config,
                                  const std::string& name) {
  const auto list = find_configured(config, name);
  if (list) return (*list)->address();
  if (list.error().fault != Fault::not_found) return list.error();
  auto was = list_that_was(db, name);
  if (was) return std::move(was->address);
  return was.error().fault == Fault::not_found ? list.error() : was.error();
}

// nullopt: no row, so that nothing can be held there.
Result<std::optional<ListId>> row_of(store::Connection& db, const std::string& list_address) {
  const auto address = mail::parse_address(list_address);
  if (!address) return address.error();
  return store::find_list(db, address->key);
}

}  // namespace

Answer hold_ls(const Question& question) {
  const auto config = question.desk.config();
  const auto name = optional_text(question.request, "list");
  const auto thread = optional_text(question.request, "thread");
  const auto verdict = optional_text(question.request, "verdict");
  const auto limit = number(question.request, "limit", kListed);
  if (!name) return name.error();
  if (!thread) return thread.error();
  if (!verdict) return verdict.error();
  if (!limit) return limit.error();
  auto reading = question.desk.store->read();
  store::HeldFilter filter{ListId{}, thread->value_or(""), verdict->value_or("")};
  if (*name) {
    const auto address = address_named(reading.connection(), *config, **name);
    if (!address) return address.error();
    const auto row = row_of(reading.connection(), *address);
    if (!row) return row.error();
    if (!*row) return boost::json::object{{"postings", 0}};
    filter.list = **row;
  }
  const auto all = store::held(reading.connection(), filter, std::min<std::uint64_t>(*limit, 100'000));
  if (!all) return all.error();
  for (const store::Posting& one : *all) {
    if (!question.row(held_posting(one))) break;
  }
  return boost::json::object{{"postings", all->size()}};
}

Answer hold_show(const Question& question) {
  const auto id = required_posting(question.request);
  if (!id) return id.error();
  auto reading = question.desk.store->read();
  const auto posting = known_posting(reading.connection(), *id);
  if (!posting) return posting.error();
  if (posting->state != store::PostingState::held) {
    return error(Fault::invalid, "posting " + format_id(*id) + " is not held: it is " +
                                     std::string(state_name(posting->state)) + " (see 'breakwater why " +
                                     format_id(*id) + "')");
  }
  const auto bytes = store::message_bytes(reading.connection(), posting->message);
  if (!bytes) return bytes.error();
  auto answer = held_posting(*posting);
  answer["text"] = first_lines(mail::own_text(*bytes, kShownBytes));
  return answer;
}

Answer audit_ls(const Question& question) {
  const auto config = question.desk.config();
  const auto name = optional_text(question.request, "list");
  const auto limit = number(question.request, "limit", 100);
  if (!name) return name.error();
  if (!limit) return limit.error();
  std::string address;
  auto reading = question.desk.store->read();
  if (*name) {
    auto named = address_named(reading.connection(), *config, **name);
    if (!named) return named.error();
    address = std::move(*named);
  }
  const auto all = store::audits(reading.connection(), address, std::min<std::uint64_t>(*limit, 100'000));
  if (!all) return all.error();
  for (const store::Audit& one : *all) {
    if (!question.row({{"at", iso_time(one.at)},
                       {"actor", one.actor},
                       {"action", one.action},
                       {"list", one.list_address},
                       {"posting", one.posting ? format_id(one.posting) : std::string()},
                       {"reason", one.reason},
                       {"outcome", one.outcome}})) {
      break;
    }
  }
  return boost::json::object{{"entries", all->size()}};
}

}  // namespace breakwater::admin
