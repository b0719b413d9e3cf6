#include <chrono>

#include "config/checks.h"
#include "config/config.h"
#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "queue/retry_schedule.h"
#include "queue/route.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using namespace std::chrono_literals;

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t gib = 1024 * mib;
constexpr auto day = 24h;

Section top() {
  Field control =
      path(shaped(text("control_socket", &Config::control_socket, 107,
                       "The unix socket on which the commands of `breakwater` reach the running server."),
                  "path", check_socket_path));
  control.example = "\"/run/breakwater/control\"";
  control.default_text = "\"<data_dir>/control\"";
  return section_of<Config>(
      "", Shape::top, "What stands at the top of the file, above the first section.",
      {required(
           shaped(text("hostname", &Config::hostname, 253,
                       "The server's own name in DNS. It is said in greetings, EHLO and Received lines, and "
                       "stands behind the @ of the Message-IDs and bounces that the server writes."),
                  "domain", check_domain),
           "\"lists.example.org\""),
       required(shaped(texts("postmaster", &Config::postmaster, 20,
                             "Who reads mail to postmaster at any of the server's domains (RFC 5321 4.5.1)."),
                       "addresses", check_address),
                "[\"admin@example.org\"]"),
       with_sample(
           path(
               shaped(text("data_dir", &Config::data_dir, 4000,
                           "The folder of the database, with members, messages and queue. Made when missing; "
                           "one server at a time may use it."),
                      "path", check_path)),
           "\"/var/lib/breakwater\""),
       std::move(control),
       count("threads", &Config::threads, 0, 256, "Threads that serve connections. 0: one for each core."),
       shaped(text("language", &Config::language, 12,
                   "The language of the letters that the server writes, for lists that say none. There are "
                   "\"en\" and \"de\", and what has a folder in `templates_dir`."),
              "language", check_language),
       with_example(path(shaped(text("templates_dir", &Config::templates_dir, 4000,
                                     "A folder whose files LANGUAGE/LETTER.txt stand in the place of the "
                                     "server's own templates (docs/templates.md). Empty: none."),
                                "path", check_path)),
                    R"("templates")")});
}

Section limits() {
  return section_of<Limits>(
      "limits", Shape::table, "How much the server takes on at once; at a limit a client waits or hears 4xx.",
      {count("connections", &Limits::connections, 1, 100'000, "Incoming connections, all together."),
       count("connections_per_address", &Limits::connections_per_address, 1, 100'000,
             "Incoming connections from one IPv4 address or IPv6 /64: a /64 is the least that a customer is "
             "given (RFC 6177), who may take each connection from another address of it. At most "
             "`connections`."),
       size(
           "message_size", &Limits::message_bytes, 64 * kib, gib,
           "The largest message that is accepted (SIZE, RFC 1870). A list may set a lower limit of its own."),
       size("receive_memory", &Limits::receive_memory_bytes, mib, 1024 * gib,
            "Memory for messages that are coming in, all together; over it a message hears 452. At least "
            "`message_size`."),
       count("recipients", &Limits::recipients, 1, 10'000,
             "Recipients of one incoming transaction (RCPTMAX, RFC 9422). RFC 5321 4.5.3.1.8 wants 100 or "
             "more."),
       count("received_fields", &Limits::received_fields, 10, 1000,
             "A message with more Received lines is in a loop and is refused (RFC 5321 6.3)."),
       count("deliveries_per_hour", &Limits::deliveries_per_hour, 0, 2'000'000'000,
             "Copies that the postings of all lists together may make in an hour; over it they wait. 0: no "
             "limit.")});
}

Section timeouts() {
  return section_of<Timeouts>(
      "timeouts", Shape::table, "How long the server waits for a client (RFC 5321 4.5.3.2), and for itself.",
      {duration("command", &Timeouts::command_s, 1000, 1s, 1h, "For the next command."),
       duration("data_block", &Timeouts::data_block_s, 1000, 1s, 1h, "For the next block of a message."),
       duration("handshake", &Timeouts::handshake_s, 1000, 1s, 10min, "For the whole of a TLS handshake."),
       duration("early_talker", &Timeouts::early_talker_ms, 1, 0s, 30s,
                "Before the greeting: who talks first is refused. 0s: no wait; the server looks "
                "only whether something has come already."),
       duration("drain", &Timeouts::drain_s, 1000, 0s, 1h,
                "For transactions under way when the server is told to stop.")});
}

Section delivery() {
  return section_of<Delivery>(
      "delivery", Shape::table, "How copies leave, whatever their route.",
      {count("slice_recipients", &Delivery::slice_recipients, 1, 100'000,
             "Recipients of one unit of work in the queue."),
       count("connections", &Delivery::connections, 1, 10'000, "Outgoing connections, all together."),
       duration("idle", &Delivery::idle_s, 1000, 0s, 10min,
                "How long an unused connection is kept for more."),
       duration("connect", &Delivery::connect_s, 1000, 1s, 10min, "For a connection to come up."),
       duration("reply", &Delivery::reply_s, 1000, 1s, 1h, "For a reply of the other server."),
       with_example(
           shaped(
               text("resolver", &Delivery::resolver, 100,
                    "The DNS resolver to ask, as \"192.0.2.1\" or \"192.0.2.1@5353\". Empty: the system's."),
               "IP address", check_resolver),
           R"("127.0.0.1@5353")"),
       with_example(path(shaped(text("hosts_file", &Delivery::hosts_file, 4000,
                                     "Names that DNS does not know, in the form of /etc/hosts. Empty: none."),
                                "path", check_path),
                         true),
                    R"("hosts")"),
       with_example(
           path(
               shaped(texts("zone_files", &Delivery::zone_files, 100,
                            "Zones to answer from these files instead of DNS, one record a line. For tests."),
                      "paths", check_path),
               true),
           R"(["zones/example.org"])"),
       count("mx_port", &Delivery::mx_port, 1, 65535,
             "The port of other domains' servers. 25, save in tests."),
       flag("allow_loopback_mx", &Delivery::allow_loopback_mx,
            "Follow MX records that lead to this machine's own loopback addresses. For tests."),
       with_example(path(shaped(text("trust_anchor", &Delivery::trust_anchor, 4000,
                                     "The DNS root's key: answers that DNSSEC shows to be forged then defer. "
                                     "Empty: not validated. Only with a resolver that passes DNSSEC on."),
                                "path", check_path),
                         true),
                    R"("/usr/share/dns/root.key")")});
}

Section log() {
  using Word = std::pair<std::string, std::string>;
  const auto same = [](const char* word) { return Word{word, word}; };
  return section_of<Log>(
      "log", Shape::table, "What is written to stderr, one line an event.",
      {choice("level", &Log::level, {same("debug"), same("info"), same("warning"), same("error")},
              "The least important level that is written."),
       choice("format", &Log::format, {same("auto"), same("text"), same("json")},
              "\"auto\" is text on a terminal and JSON otherwise.")});
}

Section metrics() {
  return section_of<Metrics>(
      "metrics", Shape::table, "Numbers for monitoring, in the text form of Prometheus.",
      {with_example(shaped(text("listen", &Metrics::listen, 60,
                                "Where they are served on HTTP, at /metrics. Whoever can reach it can read "
                                "them. Empty: nowhere."),
                           "address and port", check_web_listen),
                    R"("127.0.0.1:9125")")});
}

Section web() {
  return section_of<Web>(
      "web", Shape::table,
      "Pages for members: one click leaves a list that has delivery = \"individual\" (RFC 8058). Without "
      "this "
      "section they leave by mail only.",
      {with_example(
           shaped(text("url", &Web::url, 200,
                       "How members reach the pages, as it stands in the copies they get. Empty: there "
                       "are no pages."),
                  "https URL", check_https_base),
           R"("https://lists.example.org")"),
       with_example(
           shaped(text("listen", &Web::listen, 60,
                       "Where they are served. Without a certificate a loopback address only, with a "
                       "proxy in front that speaks TLS."),
                  "address and port", check_web_listen),
           R"("0.0.0.0:443")"),
       with_example(path(shaped(text("certificate", &Web::certificate, 4000,
                                     "The certificate chain for TLS, a PEM file. Empty: no TLS."),
                                "path", check_path),
                         true),
                    R"("/etc/breakwater/tls/fullchain.pem")"),
       with_example(path(shaped(text("key", &Web::key, 4000, "The certificate's private key, a PEM file."),
                                "path", check_path),
                         true),
                    R"("/etc/breakwater/tls/privkey.pem")")});
}

template <class Owner>
Field waits(std::string key, std::vector<Duration> Owner::*member, std::string doc) {
  Field field = plain(std::move(key), Type::durations, member, std::move(doc));
  field.least = 100;
  field.most = std::chrono::milliseconds(day).count();
  return field;
}

Section retry() {
  using queue::RetrySchedule;
  return section_of<RetrySchedule>(
      "retry", Shape::table,
      "When a copy is tried again that could not be handed over yet (RFC 5321 4.5.4.1).",
      {waits("waits", &RetrySchedule::waits,
             "How long to wait after the first, second, … failed try; the last one repeats."),
       duration("give_up_after", &RetrySchedule::give_up_after, 1, 1s, 30 * day,
                "How long after it was accepted a copy is given up and counts as bounced."),
       count("jitter_percent", &RetrySchedule::jitter_percent, 0, 100,
             "A wait is shortened by chance by up to this share, so that retries spread.")});
}

Section listener() {
  Section made = section_of<Listener>(
      "listener", Shape::tables, "Where the server listens; one section for each address.",
      {required(choice("kind", &Listener::kind,
                       {{"mx", ListenerKind::mx},
                        {"submission", ListenerKind::submission},
                        {"lmtp", ListenerKind::lmtp}},
                       "\"mx\": mail from anywhere to the lists. \"submission\": mail from users who log in, "
                       "under TLS "
                       "only. \"lmtp\": mail from a Postfix or Exim in front (RFC 2033)."),
                "\"mx\""),
       required(path_or_name(
                    shaped(text("address", &Listener::address, 107,
                                "IP address and port, or for lmtp the path of a unix socket. Port 0: a free "
                                "one."),
                           "address and port", check_listen)),
                "\"0.0.0.0:25\""),
       with_example(path(shaped(text("certificate", &Listener::certificate, 4000,
                                     "The certificate chain for TLS, a PEM file. Empty: no TLS."),
                                "path", check_path),
                         true),
                    R"("/etc/breakwater/tls/fullchain.pem")"),
       with_example(
           path(shaped(text("key", &Listener::key, 4000, "The certificate's private key, a PEM file."),
                       "path", check_path),
                true),
           R"("/etc/breakwater/tls/privkey.pem")"),
       flag("tls_wrapped", &Listener::tls_wrapped,
            "TLS from the first byte, as on port 465 (RFC 8314 3.3); else STARTTLS is offered."),
       choice(
           "socket_access", &Listener::socket_access,
           {{"owner", SocketAccess::owner},
            {"group", SocketAccess::group},
            {"everybody", SocketAccess::everybody}},
           "Who may connect to a unix socket: the server's user, its group, or every process here. Postfix "
           "leaves its extra groups, so it needs \"everybody\" and a folder that only it can enter.")});
  const std::pair<std::string, std::string> pem[] = {{"certificate", "\"/etc/breakwater/tls/fullchain.pem\""},
                                                     {"key", "\"/etc/breakwater/tls/privkey.pem\""}};
  made.alternatives = {
      {"The same on IPv6.", {{"kind", "\"mx\""}, {"address", "\"[::]:25\""}}},
      {"Users post here after they have logged in (`breakwater user add`).",
       {{"kind", "\"submission\""}, {"address", "\"0.0.0.0:587\""}, pem[0], pem[1]}},
      {"The same with TLS from the first byte.",
       {{"kind", "\"submission\""}, {"address", "\"0.0.0.0:465\""}, pem[0], pem[1], {"tls_wrapped", "true"}}},
      {"Behind a Postfix on the same machine.",
       {{"kind", "\"lmtp\""}, {"address", "\"/run/breakwater/lmtp\""}}}};
  return made;
}

decltype(Section::alternatives) other_routes() {
  return {
      {"All mail that leaves through the office's mail server (then the pattern \"*\" is here, not above).",
       {{"name", "\"office\""},
        {"kind", "\"smarthost\""},
        {"domains", "[\".office.example.org\"]"},
        {"host", "\"mail.example.org\""},
        {"port", "587"},
        {"tls", "\"verify\""},
        {"username", "\"breakwater\""},
        {"password", "\"secret\""}}},
      {"Straight into the mailboxes of a Dovecot on this machine.",
       {{"name", "\"mailboxes\""},
        {"kind", "\"lmtp\""},
        {"domains", "[\"example.org\"]"},
        {"host", "\"/run/dovecot/lmtp\""}}}};
}

Section route() {
  using queue::Route;
  using queue::RouteKind;
  using queue::TlsPolicy;
  Section made = section_of<Route>(
      "route", Shape::tables,
      "How copies reach their recipients; one section for each way. The route whose pattern fits a "
      "recipient's "
      "domain best is taken, and one must have the pattern \"*\".",
      {required(shaped(text("name", &Route::name, 32, "What queue listings show."), "route name",
                       check_route_name),
                "\"internet\""),
       required(
           choice(
               "kind", &Route::kind,
               {{"mx", RouteKind::mx}, {"smarthost", RouteKind::smarthost}, {"lmtp", RouteKind::lmtp}},
               "\"mx\": to each domain's own servers, found in DNS (RFC 5321 5.1). \"smarthost\": all to one "
               "server by SMTP. \"lmtp\": all to one server by LMTP, such as a Dovecot."),
           "\"mx\""),
       required(
           shaped(texts("domains", &Route::domains, 10'000,
                        "Whose mail goes here: \"*\" all, \"example.org\" this domain, \".example.org\" all "
                        "below it."),
                  "domain patterns", check_domain_pattern),
           "[\"*\"]"),
       with_example(path_or_name(shaped(
                        text("host", &Route::host, 253,
                             "smarthost, lmtp: the server's name or address, or for lmtp the path of a unix "
                             "socket."),
                        "host", check_host)),
                    R"("mail.example.org")"),
       count("port", &Route::port, 1, 65535, "smarthost, lmtp: the server's port."),
       choice("tls", &Route::tls,
              {{"none", TlsPolicy::none},
               {"may", TlsPolicy::may},
               {"require", TlsPolicy::require},
               {"verify", TlsPolicy::verify}},
              "\"none\": never. \"may\": where it is offered. \"require\": mail waits where it is not. "
              "\"verify\": and "
              "the certificate must be valid for the host."),
       flag("tls_wrapped", &Route::tls_wrapped, "TLS from the first byte, as on port 465."),
       with_example(text("username", &Route::username, 255,
                         "smarthost: log in with this name. Needs TLS that is not optional."),
                    R"("breakwater")"),
       with_example(secret(text("password", &Route::password, 255,
                                "smarthost: and with this password. Keep the file readable for the "
                                "server only.")),
                    R"("secret")"),
       count("connections", &Route::connections, 1, 1000, "Connections at once; mx: to one domain."),
       count("recipients", &Route::recipients, 1, 10'000, "Recipients in one transaction."),
       flag("chunking", &Route::chunking,
            "smarthost: send content by BDAT where the next server offers CHUNKING (RFC 3030), several "
            "messages in flight. A server that refuses it gets DATA. Turn it off for one that does not bear "
            "it."),
       with_example(waits("retry_waits", &Route::retry_waits,
                          "How long to wait after the first, second, … failed try on this route. Empty: as "
                          "`retry.waits` says."),
                    R"(["30s", "5m", "30m"])"),
       with_example(
           duration("give_up_after", &Route::give_up_after, 1, 0s, 30 * day,
                    "How long a copy on this route is tried before it counts as bounced. 0: as long as "
                    "`retry.give_up_after` says."),
           R"("1d")")});
  made.alternatives = other_routes();
  return made;
}

}  // namespace

std::vector<Section> server_sections() {
  return {top(), limits(), timeouts(), delivery(), log(), metrics(), web(), retry(), listener(), route()};
}

}  // namespace breakwater::config
