#include "scripted_peer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace breakwater::delivery::testing {
namespace asio = boost::asio;
using Failure = boost::system::error_code;

class PeerSession {
 public:
  PeerSession(ScriptedPeer& peer, ScriptedPeer::Socket socket, bool mischievous)
      : peer_(peer), script_(peer.script_), socket_(std::move(socket)), mischievous_(mischievous) {}

  void run() {
    if (script_.tls_wrapped && !handshake()) return;
    if (!say("greeting", "220 scripted ESMTP")) return;
    std::string line;
    while (read_line(line)) {
      if (!command(line)) return;
    }
  }

 private:
  bool handshake() {
    tls_.emplace(socket_, peer_.tls_);
    Failure failure;
    tls_->handshake(asio::ssl::stream_base::server, failure);
    return !failure;
  }

  bool read_more() {
    char buffer[4096];
    Failure failure;
    const std::size_t count = tls_ ? tls_->read_some(asio::buffer(buffer), failure)
                                   : socket_.read_some(asio::buffer(buffer), failure);
    input_.append(buffer, count);
    return !failure;
  }

  bool read_line(std::string& line) {
    std::size_t end = input_.find("\r\n");
    for (; end == std::string::npos; end = input_.find("\r\n")) {
      if (!read_more()) return false;
    }
    line = input_.substr(0, end);
    input_.erase(0, end + 2);
    return true;
  }

  bool write(const std::string& text) {
    Failure failure;
    if (tls_) {
      asio::write(*tls_, asio::buffer(text), failure);
    } else {
      asio::write(socket_, asio::buffer(text), failure);
    }
    return !failure;
  }

  bool mischief_at(const std::string& where) const {
    return mischievous_ && script_.at == where && messages_ >= script_.messages_before_mischief;
  }

  // False: the session ends. `good` is what an honest server says here.
  bool say(const std::string& where, const std::string& good) {
    if (!mischief_at(where)) return write(good + "\r\n");
    switch (script_.mischief) {
      case Mischief::none: return write(good + "\r\n");
      case Mischief::hang:
        while (read_more()) input_.clear();
        return false;
      case Mischief::drop: return false;
      case Mischief::garbage: write("\x16\x03\x01 tea?\r\n"); return false;
      case Mischief::refuse_later: refused_ = true; return write("451 4.3.0 not now\r\n");
      case Mischief::refuse_for_good: refused_ = true; return write("554 5.3.0 never\r\n");
      case Mischief::closing: write("421 4.3.2 closing\r\n"); return false;
    }
    return false;
  }

  bool command(const std::string& line) {
    const std::string verb = line.substr(0, 4);
    refused_ = false;
    if (verb == "EHLO" || verb == "LHLO") return say("EHLO", greeting());
    if (verb == "STAR") return start_tls();
    if (verb == "AUTH") {
      const bool good = line == "AUTH PLAIN " + script_.login;
      return say("AUTH", good ? "235 2.7.0 fine" : "535 5.7.8 wrong");
    }
    if (verb == "MAIL") return mail(line);
    if (verb == "RCPT") return rcpt(line);
    if (verb == "DATA") return data();
    if (verb == "BDAT") return chunk(line);
    if (verb == "RSET") {
      mail_.to.clear();
      in_mail_ = false;
      return write("250 2.0.0 reset\r\n");
    }
    if (verb == "QUIT") {
      {
        const std::lock_guard lock(peer_.mutex_);
        ++peer_.quits_;
      }
      say("QUIT", "221 2.0.0 bye");
      return false;
    }
    return write("502 5.5.1 what\r\n");
  }

  std::string greeting() const {
    std::vector<std::string> lines = {"scripted"};
    std::istringstream words(script_.extensions);
    for (std::string line; std::getline(words, line);) lines.push_back(line);
    if (!script_.certificate.empty() && !tls_) lines.emplace_back("STARTTLS");
    if (!script_.login.empty()) lines.emplace_back("AUTH PLAIN");
    std::string reply;
    for (std::size_t at = 0; at < lines.size(); ++at) {
      reply += (at == 0 ? "" : "\r\n") + std::string(at + 1 < lines.size() ? "250-" : "250 ") + lines[at];
    }
    return reply;
  }

  bool start_tls() {
    if (!write("220 2.0.0 go\r\n")) return false;
    input_.clear();
    if (script_.broken_tls) return write("this is no handshake\r\n") && false;
    return handshake();
  }

  bool mail(const std::string& line) {
    if (messages_ >= script_.messages_per_connection) {
      write("421 4.7.0 enough on this connection\r\n");
      return false;
    }
    if (in_mail_) return write("503 5.5.1 nested MAIL\r\n");
    mail_ = TakenMail{line.substr(11, line.find('>') - 11), {}, {}, tls_.has_value()};
    if (!say("MAIL", "250 2.1.0 ok")) return false;
    in_mail_ = !refused_;
    return true;
  }

  bool rcpt(const std::string& line) {
    const std::string mailbox = line.substr(9, line.find('>') - 9);
    std::string reply = script_.rcpt ? script_.rcpt(mailbox) : std::string();
    if (reply.empty()) reply = "250 2.1.5 ok";
    if (!in_mail_) reply = "503 5.5.1 MAIL first";
    if (!say("RCPT", reply)) return false;
    if (reply[0] == '2' && !refused_) mail_.to.push_back(mailbox);
    return true;
  }

  bool data() {
    if (!say("DATA", mail_.to.empty() ? "503 5.5.1 nobody" : "354 go on")) return false;
    if (mail_.to.empty() || refused_) return true;
    if (mischief_at("content")) return say("content", "");
    std::string content, line;
    for (;;) {
      if (!read_line(line)) return false;
      if (line == ".") break;
      content += line + "\r\n";
    }
    return take(content);
  }

  // RFC 3030, of one chunk. Refused with nobody to take it, the envelope stays until RSET.
  bool chunk(const std::string& line) {
    const std::size_t size = std::stoul(line.substr(5));
    if (mischief_at("content") && !mail_.to.empty()) return say("content", "");
    while (input_.size() < size) {
      if (!read_more()) return false;
    }
    const std::string content = input_.substr(0, size);
    input_.erase(0, size);
    if (!script_.chunk_reply.empty()) return write(script_.chunk_reply + "\r\n");
    if (mail_.to.empty()) return write("503 5.5.1 nobody\r\n");
    return take(content);
  }

  bool take(const std::string& content) {
    in_mail_ = false;
    mail_.content = content;
    ++messages_;
    const TakenMail message = mail_;
    mail_.to.clear();
    for (std::size_t at = 0; at < (script_.lmtp ? message.to.size() : 1); ++at) {
      TakenMail part = message;
      if (script_.lmtp) part.to.assign(1, message.to[at]);
      // Recorded before it is said, so that whoever has heard the answer finds it here.
      if (!mischief_at("dot")) {
        const std::lock_guard lock(peer_.mutex_);
        peer_.taken_.push_back(part);
      }
      if (!say("dot", "250 2.0.0 taken")) return false;
    }
    return !script_.close_silently_after_message;
  }

  ScriptedPeer& peer_;
  const PeerScript& script_;
  ScriptedPeer::Socket socket_;
  std::optional<asio::ssl::stream<ScriptedPeer::Socket&>> tls_;
  bool mischievous_, refused_ = false, in_mail_ = false;
  std::string input_;
  TakenMail mail_;
  std::uint32_t messages_ = 0;
};

ScriptedPeer::ScriptedPeer(PeerScript script) : script_(std::move(script)) {
  if (!script_.certificate.empty()) {
    tls_.use_certificate_chain(asio::buffer(script_.certificate));
    tls_.use_private_key(asio::buffer(script_.key), asio::ssl::context::pem);
  }
  const bool local = !script_.unix_path.empty();
  asio::generic::stream_protocol::endpoint endpoint;
  if (local) {
    ::unlink(script_.unix_path.c_str());
    endpoint = asio::local::stream_protocol::endpoint(script_.unix_path);
  } else {
    endpoint = asio::ip::tcp::endpoint(asio::ip::make_address(script_.address), script_.port);
  }
  listener_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(listener_, 200) != 0) {
    ::close(listener_);
    throw std::runtime_error("scripted peer: cannot listen");
  }
  if (!local) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
    port_ = ntohs(bound.sin_port);
  }
  acceptor_ = std::thread([this] { accept(); });
}

void ScriptedPeer::accept() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      ::close(socket);
      return;
    }
    const int copy = ::dup(socket);  // to be shut down from outside, whatever the session does
    sockets_.push_back(copy);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const bool mischievous = connections_++ < script_.connections_with_mischief;
    sessions_.emplace_back([this, socket, copy, mischievous] {
      const auto protocol = script_.unix_path.empty()
                                ? asio::generic::stream_protocol(asio::ip::tcp::v4())
                                : asio::generic::stream_protocol(asio::local::stream_protocol());
      PeerSession(*this, Socket(context_, protocol, socket), mischievous).run();
      ::shutdown(copy, SHUT_RDWR);
    });
  }
}

ScriptedPeer::~ScriptedPeer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& session : sessions_) session.join();
  for (const int socket : sockets_) ::close(socket);
  ::close(listener_);
}

std::vector<TakenMail> ScriptedPeer::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::map<std::string, int> ScriptedPeer::copies() const {
  std::map<std::string, int> count;
  for (const TakenMail& one : taken()) {
    for (const std::string& mailbox : one.to) ++count[mailbox];
  }
  return count;
}

int ScriptedPeer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

int ScriptedPeer::quits() const {
  const std::lock_guard lock(mutex_);
  return quits_;
}

namespace {

template <class Write>
std::string pem(Write write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

DeafPort::DeafPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("deaf port: cannot bind");
  }
  number = ntohs(address.sin_port);
}

DeafPort::~DeafPort() { ::close(socket_); }

Identity make_identity(const std::string& name) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  const std::string alternative = "DNS:" + name;
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate, key, EVP_sha256());
  Identity identity;
  identity.certificate = pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
  identity.key =
      pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

}  // namespace breakwater::delivery::testing
