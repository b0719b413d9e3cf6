#include "delivery/resolver.h"

#include <unbound.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fstream>
#include <sstream>
#include <utility>

namespace breakwater::delivery {
namespace {

constexpr std::size_t kMaxRecords = 1000;

using Context = std::unique_ptr<ub_ctx, decltype(&ub_ctx_delete)>;

Error ub_error(const std::string& doing, int code) {
  return error(Fault::invalid, "resolver: " + doing + ": " + ub_strerror(code));
}

// One line of local data; see ResolverOptions.
Result<void> add_line(ub_ctx* context, const std::string& line, const std::string& where) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos || line[first] == ';' || line[first] == '#') return {};
  int code = 0;
  if (line.compare(first, 5, "zone ") == 0) {
    std::istringstream words(line.substr(first + 5));
    std::string name, type;
    words >> name >> type;
    code = ub_ctx_zone_add(context, name.c_str(), type.c_str());
  } else {
    code = ub_ctx_data_add(context, line.c_str() + first);
  }
  if (code != 0) return ub_error(where + ": '" + line + "'", code);
  return {};
}

Result<void> add_local_data(ub_ctx* context, const ResolverOptions& options) {
  for (const std::string& line : options.local_data) {
    const auto added = add_line(context, line, "local data");
    if (!added) return added.error();
  }
  for (const std::string& name : options.zone_files) {
    std::ifstream file(name);
    if (!file) return error(Fault::not_found, "resolver: cannot read zone file " + name);
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
      const auto added = add_line(context, line, name + ":" + std::to_string(number));
      if (!added) return added.error();
    }
  }
  return {};
}

Result<void> set_up(ub_ctx* context, const ResolverOptions& options) {
  if (const int code = ub_ctx_async(context, 1)) return ub_error("starting its thread", code);
  // A forwarder on this machine is the administrator's own choice.
  ub_ctx_set_option(context, "do-not-query-localhost:", "no");
  if (!options.forwarder.empty()) {
    if (const int code = ub_ctx_set_fwd(context, options.forwarder.c_str())) {
      return ub_error("forwarder '" + options.forwarder + "' (ADDRESS or ADDRESS@PORT)", code);
    }
  } else {
    ub_ctx_resolvconf(context, nullptr);  // without one it asks the root servers itself
  }
  ub_ctx_hosts(context, nullptr);
  if (!options.hosts_file.empty()) {
    if (const int code = ub_ctx_hosts(context, options.hosts_file.c_str())) {
      return ub_error("hosts file " + options.hosts_file, code);
    }
  }
  if (!options.trust_anchor_file.empty()) {
    if (const int code = ub_ctx_add_ta_file(context, options.trust_anchor_file.c_str())) {
      return ub_error("trust anchor file " + options.trust_anchor_file, code);
    }
  }
  return add_local_data(context, options);
}

DnsAnswer answer_of(int failure, const ub_result* result) {
  DnsAnswer answer;
  if (failure != 0 || result == nullptr) {
    answer.why = ub_strerror(failure);
    return answer;
  }
  answer.secure = result->secure != 0;
  if (result->bogus != 0) {
    answer.status = LookupStatus::bogus;
    answer.why = result->why_bogus != nullptr ? result->why_bogus : "bogus";
  } else if (result->nxdomain != 0) {
    answer.status = LookupStatus::no_name;
  } else if (result->rcode != 0) {
    static constexpr const char* kNames[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                             "NXDOMAIN", "NOTIMP",  "REFUSED"};
    answer.why = result->rcode > 0 && result->rcode < 6 ? kNames[result->rcode]
                                                        : "answer code " + std::to_string(result->rcode);
  } else if (result->havedata == 0) {
    answer.status = LookupStatus::no_data;
  } else {
    answer.status = LookupStatus::found;
    for (std::size_t at = 0; result->data[at] != nullptr && at < kMaxRecords; ++at) {
      answer.records.emplace_back(result->data[at], static_cast<std::size_t>(result->len[at]));
    }
  }
  return answer;
}

class UnboundResolver final : public Resolver {
 public:
  UnboundResolver(Context context, boost::asio::io_context& loop)
      : loop_(loop), context_(std::move(context)), readable_(loop, ub_fd(context_.get())) {}

  ~UnboundResolver() override {
    readable_.release();  // libunbound's own
  }

  void lookup(std::string name, RecordType type, Done done) override {
    boost::asio::post(loop_,
                      [self = shared(), name = std::move(name), type, done = std::move(done)]() mutable {
                        self->begin(name, type, std::move(done));
                      });
  }

 private:
  // What libunbound hands back to us; the resolver cannot go away before, since it deletes the context first.
  struct Question {
    UnboundResolver* resolver;
    Done done;
  };

  std::shared_ptr<UnboundResolver> shared() {
    return std::static_pointer_cast<UnboundResolver>(shared_from_this());
  }

  void begin(const std::string& name, RecordType type, Done done) {
    auto question = std::make_unique<Question>(Question{this, std::move(done)});
    Question* const raw = question.get();
    questions_.push_back(std::move(question));
    const int code = ub_resolve_async(context_.get(), name.c_str(), static_cast<int>(type), 1, raw,
                                      &UnboundResolver::answered, nullptr);
    if (code != 0) {
      finish(raw, answer_of(code, nullptr));
      return;
    }
    watch();
  }

  static void answered(void* data, int failure, ub_result* result) {
    const std::unique_ptr<ub_result, decltype(&ub_resolve_free)> owner(result, &ub_resolve_free);
    auto* const question = static_cast<Question*>(data);
    question->resolver->finish(question, answer_of(failure, result));
  }

  void finish(Question* question, DnsAnswer answer) {
    const Done done = std::move(question->done);
    std::erase_if(questions_, [&](const auto& one) { return one.get() == question; });
    done(std::move(answer));
  }

  // Waits for answers only while some are due, so that an idle resolver does not keep a loop running.
  void watch() {
    if (watching_ || questions_.empty()) return;
    watching_ = true;
    readable_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [weak = std::weak_ptr<UnboundResolver>(shared())](boost::system::error_code failure) {
          const auto self = weak.lock();
          if (!self) return;
          self->watching_ = false;
          if (failure) return;
          ub_process(self->context_.get());
          self->watch();
        });
  }

  boost::asio::io_context& loop_;
  Context context_;
  boost::asio::posix::stream_descriptor readable_;
  std::vector<std::unique_ptr<Question>> questions_;  // few: one a connection that is being opened
  bool watching_ = false;
};

}  // namespace

Result<std::shared_ptr<Resolver>> Resolver::create(const ResolverOptions& options,
                                                   boost::asio::io_context& loop) {
  Context context(ub_ctx_create(), &ub_ctx_delete);
  if (!context) return error(Fault::unavailable, "resolver: libunbound cannot be set up");
  const auto ready = set_up(context.get(), options);
  if (!ready) return ready.error();
  return std::shared_ptr<Resolver>(std::make_shared<UnboundResolver>(std::move(context), loop));
}

MxAnswer mx_answer(const DnsAnswer& answer) {
  MxAnswer mx;
  mx.status = answer.status;
  mx.why = answer.why;
  for (const std::string& rdata : answer.records) {
    MxRecord record;
    if (parse_mx(rdata, record)) mx.records.push_back(std::move(record));
  }
  return mx;
}

std::vector<boost::asio::ip::address> addresses(const DnsAnswer& answer, RecordType type) {
  std::vector<boost::asio::ip::address> found;
  for (const std::string& rdata : answer.records) {
    if (type == RecordType::a && rdata.size() == 4) {
      boost::asio::ip::address_v4::bytes_type bytes;
      std::copy(rdata.begin(), rdata.end(), bytes.begin());
      found.emplace_back(boost::asio::ip::address_v4(bytes));
    } else if (type == RecordType::aaaa && rdata.size() == 16) {
      boost::asio::ip::address_v6::bytes_type bytes;
      std::copy(rdata.begin(), rdata.end(), bytes.begin());
      found.emplace_back(boost::asio::ip::address_v6(bytes));
    }
  }
  return found;
}

}  // namespace breakwater::delivery
