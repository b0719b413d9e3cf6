// What the client's tests talk to: a small server without sockets whose n-th reply can be made to go wrong, a
// load that keeps account of every recipient, and the loop that carries bytes between client and server.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/client.h"

namespace breakwater::smtp::testing {

enum class Fault { none, transient, permanent, service_closing, garbage, eof, early, silent_close_after };

struct Taken {
  std::string from;
  std::vector<std::string> to;
  std::string content;  // as it came, stuffed, without the last dot
};

class ModelServer {
 public:
  std::string extensions =
      "250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
  bool lmtp = false;
  bool esmtp = true;
  std::size_t max_rcpt = 1000;                 // more: 452 4.5.3
  std::map<std::string, std::string> answers;  // mailbox -> reply to its RCPT
  std::function<std::string(const std::string& verb, const std::string& line)> override_reply;
  std::size_t fault_at = 0;  // the n-th reply, counted from 1
  Fault fault = Fault::none;

  std::string transcript;             // what the client said, without contents
  std::vector<Taken> taken;           // answered 2xx (LMTP: for `to`)
  std::vector<std::string> doubtful;  // the message was there, but its answer was not sent
  bool closed = false, touched = false;
  std::size_t replies = 0;

  std::string greet() { return reply("220 model ESMTP\r\n", nullptr); }

  // Bytes from the client; what the server says to it.
  std::string feed(std::string_view bytes) {
    input_.append(bytes);
    std::string out;
    while (!closed) {
      if (in_chunk_) {
        if (input_.size() < chunk_) break;
        const std::string content = input_.substr(0, chunk_);
        input_.erase(0, chunk_);
        in_chunk_ = false;
        end_of_data(content, out);
        continue;
      }
      if (in_data_) {
        const std::size_t dot = find_dot();
        if (dot == std::string::npos) break;
        const std::string content = input_.substr(0, dot);
        input_.erase(0, dot + 3);
        in_data_ = false;
        end_of_data(content, out);
        continue;
      }
      const std::size_t end = input_.find("\r\n");
      if (end == std::string::npos) break;
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 2);
      transcript += line + "\n";
      command(line, out);
    }
    return out;
  }

 private:
  std::size_t find_dot() const {
    if (input_.starts_with(".\r\n")) return 0;
    const std::size_t at = input_.find("\r\n.\r\n");
    return at == std::string::npos ? at : at + 2;
  }

  // Gives `good`, or what the fault makes of it; `positive` hears whether a good reply went out.
  std::string reply(const std::string& good, bool* positive) {
    if (positive != nullptr) *positive = good[0] == '2' || good[0] == '3';
    if (++replies != fault_at) return good;
    touched = true;
    if (positive != nullptr && fault != Fault::early && fault != Fault::silent_close_after) *positive = false;
    switch (fault) {
      case Fault::transient: return "451 4.3.0 injected\r\n";
      case Fault::permanent: return "550-5.0.0 injected\r\n550 5.0.0 in two lines\r\n";
      case Fault::service_closing: closed = true; return "421 4.3.2 injected\r\n";
      case Fault::garbage: closed = true; return "\x01\x02 what is this\r\n";
      case Fault::eof: closed = true; return "";
      case Fault::early: return good + "250 2.0.0 nobody asked\r\n";
      case Fault::silent_close_after: closed = true; return good;
      case Fault::none: break;
    }
    return good;
  }

  void command(const std::string& line, std::string& out) {
    const std::string verb = line.substr(0, 4);
    if (override_reply) {
      const std::string said = override_reply(verb, line);
      if (!said.empty()) {
        if (verb == "DATA" && said[0] == '3') in_data_ = true;
        if (verb == "BDAT") input_.erase(0, std::stoul(line.substr(5)));
        out += said;
        return;
      }
    }
    bool good = false;
    if (verb == "EHLO" || verb == "LHLO") {
      out += reply(esmtp ? "250-model\r\n" + extensions : std::string("502 5.5.1 what\r\n"), &good);
    } else if (verb == "MAIL") {
      out += reply(mail_ ? "503 5.5.1 nested\r\n" : "250 2.1.0 ok\r\n", &good);
      if (good) begin(line);
    } else if (verb == "RCPT") {
      rcpt(line, out);
    } else if (verb == "DATA") {
      out += reply(to_.empty() ? "503 5.5.1 nobody\r\n" : "354 go on\r\n", &good);
      in_data_ = good;
    } else if (verb == "BDAT") {
      EXPECT_TRUE(line.ends_with(" LAST")) << line;
      chunk_ = std::stoul(line.substr(5));
      in_chunk_ = true;
    } else if (verb == "RSET") {
      mail_ = false;
      to_.clear();
      out += reply("250 2.0.0 reset\r\n", &good);
    } else if (verb == "QUIT") {
      out += reply("221 2.0.0 bye\r\n", &good);
      closed = true;
    } else {
      out += reply("250 2.0.0 ok\r\n", &good);
    }
  }

  void begin(const std::string& line) {
    mail_ = true;
    from_ = line.substr(11, line.find('>') - 11);
    to_.clear();
  }

  void rcpt(const std::string& line, std::string& out) {
    const std::string mailbox = line.substr(9, line.find('>') - 9);
    const auto special = answers.find(mailbox);
    std::string good = "250 2.1.5 ok\r\n";
    if (special != answers.end()) good = special->second + "\r\n";
    if (to_.size() >= max_rcpt) good = "452 4.5.3 too many\r\n";
    if (!mail_) good = "503 5.5.1 MAIL first\r\n";
    bool accepted = false;
    out += reply(good, &accepted);
    if (accepted) to_.push_back(mailbox);
  }

  void end_of_data(const std::string& content, std::string& out) {
    Taken message{from_, {}, content};
    const std::vector<std::string> to = to_;
    if (to.empty()) {  // BDAT; as Postfix does: the envelope stays, only RSET ends it
      out += reply(mail_ ? "554 5.5.1 nobody\r\n" : "503 5.5.1 MAIL first\r\n", nullptr);
      return;
    }
    mail_ = false;
    to_.clear();
    for (std::size_t at = 0; at < (lmtp ? to.size() : 1) && !closed; ++at) {
      bool good = false;
      out += reply("250 2.0.0 taken\r\n", &good);
      const bool unanswered = closed && fault != Fault::silent_close_after;
      for (std::size_t who = lmtp ? at : 0; who < (lmtp ? at + 1 : to.size()); ++who) {
        if (good) message.to.push_back(to[who]);
        if (unanswered || fault == Fault::garbage) doubtful.push_back(to[who]);
      }
    }
    if (!message.to.empty()) taken.push_back(message);
  }

  std::string input_, from_;
  std::vector<std::string> to_;
  std::size_t chunk_ = 0;
  bool in_data_ = false, in_chunk_ = false, mail_ = false;
};

class AccountedLoad : public Load {
 public:
  explicit AccountedLoad(std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) mailboxes.push_back("u" + std::to_string(at) + "@example.org");
  }
  std::vector<std::string> mailboxes;
  std::string from = "list-bounces@lists.example";
  bool verp = false, stop = false;
  bool own_heads = false;  // "Own: 00012\r\n" for position 12
  std::map<std::uint32_t, std::pair<Settled, std::string>> settled;
  std::vector<std::string> records;
  std::function<void()> on_settle;

  std::string_view mailbox(std::uint32_t at) const override { return mailboxes[at]; }
  void reverse_path(std::uint32_t at, std::string& out) override {
    out += verp ? "b+" + std::to_string(at) + "@lists.example" : from;
  }
  static std::string own(std::uint32_t at) {
    return "Own: " + std::to_string(100'000 + at).substr(1) + "\r\n";
  }
  std::size_t own_head_size() const override { return own_heads ? own(0).size() : 0; }
  void own_head(std::uint32_t at, std::string& out) override { out += own(at); }
  void settle(Settled how, std::string_view reply, const std::uint32_t* at, std::size_t count) override {
    std::string record;
    record.append(1, "dtf"[static_cast<int>(how)]).append(" ").append(reply).append(" :");
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(i == 0 || at[i] > at[i - 1]) << "positions must ascend";
      EXPECT_TRUE(settled.emplace(at[i], std::make_pair(how, std::string(reply))).second)
          << at[i] << " settled twice";
      record += " " + std::to_string(at[i]);
    }
    records.push_back(record);
    if (on_settle) on_settle();
  }
  bool stopped() const override { return stop; }
  std::size_t count(Settled how) const {
    std::size_t sum = 0;
    for (const auto& one : settled) sum += one.second.first == how;
    return sum;
  }
};

inline std::string written(const Client& client) {
  std::string all;
  for (const std::string_view piece : client.output()) all.append(piece);
  return all;
}

// Carries bytes until the client is ready, closed or wants TLS. `split`: bytes of a read at most.
inline Client::Next carry(Client& client, ModelServer& server, Client::Next next, std::string pending = {},
                          std::size_t split = 1'000'000) {
  while (next == Client::Next::read) {
    pending += server.feed(written(client));
    if (pending.empty()) {
      next = client.lost(server.closed ? "closed by the peer" : "timed out");
      continue;
    }
    const std::string piece = pending.substr(0, split);
    pending.erase(0, piece.size());
    next = client.on_bytes(piece);
  }
  return next;
}

inline Client::Next connect(Client& client, ModelServer& server, std::size_t split = 1'000'000) {
  return carry(client, server, client.start(), server.greet(), split);
}

inline ClientOptions plain_options(bool lmtp = false) {
  ClientOptions options;
  options.lmtp = lmtp;
  options.hostname = "us.example";
  options.peer = "model[192.0.2.1]:25";
  return options;
}

inline Content small_content() {
  return make_content(std::make_shared<const std::string>("Subject: x\r\n\r\n"),
                      std::make_shared<const std::string>(".dot\r\n..\r\n.\r\nend\r\n"), false, false);
}

}  // namespace breakwater::smtp::testing
