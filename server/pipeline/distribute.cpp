#include "pipeline/distribute.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "mail/address.h"
#include "mail/encoded_word.h"
#include "mail/header_block.h"
#include "mail/message.h"
#include "mail/utf8.h"

namespace breakwater::pipeline {
namespace {

// Fields that never reach a member. Return-Path is the last server's to write (RFC 5321 4.4); Bcc names who
// should not be named; Approved is a password in some list managers; the rest ask every member's program for
// a receipt.
constexpr std::array<std::string_view, 8> kDropped = {"Return-Path",       "Bcc",
                                                      "Approved",          "Approve",
                                                      "X-Approved",        "Disposition-Notification-To",
                                                      "Return-Receipt-To", "X-Confirm-Reading-To"};

// Fields that only the list itself may say (RFC 2369 4: a list replaces those of a list before it).
constexpr std::array<std::string_view, 10> kOwn = {"List-Id",          "List-Post",
                                                   "List-Help",        "List-Subscribe",
                                                   "List-Unsubscribe", "List-Unsubscribe-Post",
                                                   "List-Owner",       "List-Archive",
                                                   "Precedence",       "X-Auto-Response-Suppress"};

void remove_all(mail::HeaderEdit& edit) {
  for (const std::string_view name : kDropped) edit.remove(name);
  for (const std::string_view name : kOwn) edit.remove(name);
}

// RFC 2919 3: the description is a phrase. Quoted, so that no character of it has a meaning; what is more
// than ASCII stands in encoded words.
std::string list_id(const lists::List& list) {
  const std::string id = "<" + list.name + "." + list.domain + ">";
  const std::string phrase = mail::printable(list.description, list.description.size() * 3);
  if (phrase.empty()) return id;
  if (mail::encode_text(phrase) != phrase) return mail::encode_words(phrase) + " " + id;
  std::string quoted;
  for (const char c : phrase) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return "\"" + quoted + "\" " + id;
}

std::string leave_by_mail(const lists::List& list) { return "<mailto:" + list.sub_address("leave") + ">"; }

// Of a copy that is for many: by mail first, and then a page that asks for the address. Not by one
// click: a link that says List-Unsubscribe-Post has to know its reader (RFC 8058 3.1).
std::string leave_by_mail_or_page(const lists::List& list, std::string_view web_url) {
  std::string out = leave_by_mail(list);
  if (!web_url.empty())
    out.append(",\r\n <").append(web_url).append("/l/").append(list.address()).append(">");
  return out;
}

// What a reader's mail program does with one click. By mail first: who knows only RFC 2369 takes the first.
std::shared_ptr<const queue::Copy::OwnFields> one_click_fields(const lists::List& list,
                                                               std::string_view web_url) {
  auto own = std::make_shared<queue::Copy::OwnFields>();
  own->before = "List-Unsubscribe: " + leave_by_mail(list) + ",\r\n <" + std::string(web_url) + "/u/";
  own->behind = ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  return own;
}

void add_list_fields(mail::HeaderEdit& edit, const lists::List& list, bool one_click,
                     std::string_view web_url) {
  const std::string request = "<mailto:" + list.sub_address("request") + "?subject=";
  edit.append("List-Id", list_id(list));
  const bool closed = list.post == lists::PostPolicy::nobody;  // RFC 2369 3.4
  edit.append("List-Post", closed ? std::string("NO") : "<mailto:" + list.address() + ">");
  edit.append("List-Help", request + "help>" + (list.help_url.empty() ? "" : ", <" + list.help_url + ">"));
  if (!one_click) edit.append("List-Unsubscribe", leave_by_mail_or_page(list, web_url));
  if (list.join != lists::JoinPolicy::closed)
    edit.append("List-Subscribe", "<mailto:" + list.sub_address("join") + ">");
  edit.append("List-Owner", "<mailto:" + list.sub_address("owner") + ">");
  if (!list.archive_url.empty()) edit.append("List-Archive", "<" + list.archive_url + ">");
  edit.append("Precedence", "list");
  // What keeps Exchange from out-of-office notes and receipts; it heeds neither Precedence nor List-Id.
  edit.append("X-Auto-Response-Suppress", "All");
  edit.append(kLoopField, list.address());
}

// The one author, as an address; empty: there is not exactly one.
std::string author_of(const mail::HeaderBlock& block) {
  const mail::Field* from = block.find("From");
  if (from == nullptr || block.count("From") != 1) return {};
  const auto authors = mail::parse_address_list(from->body);
  return authors && authors->size() == 1 ? authors->front().address.mailbox : std::string();
}

bool replies_go_to_author(const lists::List& list, std::int64_t audience) {
  return list.reply == lists::ReplyPolicy::sender && audience > list.guard.large_audience &&
         list.guard.large_reply != storm::LargeReply::distribute;
}

void apply_choices(mail::HeaderEdit& edit, const mail::HeaderBlock& block, const lists::List& list,
                   std::int64_t audience) {
  if (!list.subject_prefix.empty()) {
    const mail::Field* subject = block.find("Subject");
    edit.replace("Subject",
                 mail::prefixed_subject(subject ? subject->body : std::string_view(), list.subject_prefix));
  }
  if (list.reply == lists::ReplyPolicy::list) edit.replace("Reply-To", list.address());
  if (list.reply == lists::ReplyPolicy::address) edit.replace("Reply-To", list.reply_address);
  if (replies_go_to_author(list, audience) && block.find("Reply-To") == nullptr) {
    if (const std::string author = author_of(block); !author.empty()) edit.append("Reply-To", author);
  }
}

queue::Copy make_copy(std::string head, std::string body) {
  queue::Copy copy;
  copy.utf8 = mail::has_eight_bit(head);
  copy.eight_bit = copy.utf8 || mail::has_eight_bit(body);
  copy.head = std::make_shared<const std::string>(std::move(head));
  copy.body = std::make_shared<const std::string>(std::move(body));
  return copy;
}

}  // namespace

queue::Copy list_copy(std::string_view message, const lists::List& list, std::int64_t audience,
                      std::string_view web_url) {
  const bool one_click = !web_url.empty() && list.fan_out == lists::FanOut::individual;
  const auto block = mail::HeaderBlock::parse(message);
  mail::HeaderEdit edit(block);
  remove_all(edit);
  apply_choices(edit, block, list, audience);
  add_list_fields(edit, list, one_click, web_url);
  std::optional<std::string> body;
  if (!list.footer.empty()) body = mail::with_footer(block, list.footer, edit);
  auto copy = make_copy(edit.render(), body ? std::move(*body) : std::string(block.body()));
  if (one_click) copy.own = one_click_fields(list, web_url);
  return copy;
}

queue::Copy relayed_copy(std::string_view message, std::string_view address) {
  const auto block = mail::HeaderBlock::parse(message);
  mail::HeaderEdit edit(block);
  edit.remove("Return-Path").remove("Bcc").append(kLoopField, address);
  return make_copy(edit.render(), std::string(block.body()));
}

queue::Copy own_copy(std::string_view message) {
  const auto block = mail::HeaderBlock::parse(message);
  return make_copy(mail::HeaderEdit(block).render(), std::string(block.body()));
}

}  // namespace breakwater::pipeline
