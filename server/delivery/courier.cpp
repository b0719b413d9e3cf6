#include "delivery/courier.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "delivery/content_cache.h"
#include "delivery/loop.h"
#include "terms/invariant.h"

namespace breakwater::delivery {
namespace asio = boost::asio;

struct Courier::State {
  std::shared_ptr<const Setting> setting;
  std::vector<std::shared_ptr<Loop>> loops;
  ContentCache contents;
  std::atomic<std::size_t> turn{0};

  // The loop with the least to do; equal ones in turn.
  Loop& least_loaded() {
    const std::size_t first = turn.fetch_add(1, std::memory_order_relaxed) % loops.size();
    Loop* best = loops[first].get();
    for (std::size_t at = 1; at < loops.size(); ++at) {
      Loop* const other = loops[(first + at) % loops.size()].get();
      if (other->load() < best->load()) best = other;
    }
    return *best;
  }
};

namespace {

Result<void> set_up_tls(Setting& setting) {
  boost::system::error_code failure;
  setting.tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                              asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                              asio::ssl::context::no_tlsv1_1,  // RFC 8996
                          failure);
  if (setting.options.ca_file.empty()) {
    setting.tls.set_default_verify_paths(failure);
  } else {
    setting.tls.load_verify_file(setting.options.ca_file, failure);
  }
  if (failure) return error(Fault::invalid, "CA file " + setting.options.ca_file + ": " + failure.message());
  return {};
}

Result<void> set_up_own(Setting& setting) {
  auto& names = setting.options.own_names;
  names.push_back(setting.options.hostname);
  for (std::string& name : names) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (name.ends_with('.')) name.pop_back();
  }
  for (const std::string& text : setting.options.own_addresses) {
    boost::system::error_code failure;
    const auto address = asio::ip::make_address(text, failure);
    if (failure) return error(Fault::invalid, "own address '" + text + "' is neither IPv4 nor IPv6");
    setting.own_addresses.push_back(address);
  }
  return {};
}

}  // namespace

Courier::Courier(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Courier>> Courier::create(Options options, std::vector<asio::io_context*> loops) {
  BREAKWATER_ASSERT(!loops.empty());
  auto setting = std::make_shared<Setting>();
  setting->options = std::move(options);
  const auto tls = set_up_tls(*setting);
  if (!tls) return tls.error();
  const auto own = set_up_own(*setting);
  if (!own) return own.error();
  auto resolver = Resolver::create(setting->options.resolver, *loops.front());
  if (!resolver) return resolver.error();
  setting->resolver = *resolver;
  auto state = std::make_shared<State>();
  state->setting = setting;
  const std::size_t share = (setting->options.connections + loops.size() - 1) / loops.size();
  for (asio::io_context* const loop : loops) {
    state->loops.push_back(std::make_shared<Loop>(setting, *loop, share));
  }
  return std::unique_ptr<Courier>(new Courier(std::move(state)));
}

Courier::~Courier() {
  abort();
  // The resolver watches a descriptor on the first loop; it goes away there, or with that io_context.
  Loop& first = *state_->loops.front();
  asio::post(first.context(), [state = state_] { (void)state; });
}

void Courier::deliver(queue::Consignment consignment, Progress progress) {
  auto content = state_->contents.content_of(consignment.copy);
  auto errand = std::make_unique<Errand>(std::move(consignment), std::move(progress), std::move(content));
  Loop& loop = state_->least_loaded();
  loop.expect();
  asio::post(loop.context(), [self = loop.shared_from_this(), errand = std::move(errand)]() mutable {
    self->deliver(std::move(errand));
  });
}

void Courier::shutdown(Duration limit, std::function<void()> done) {
  struct Closing {
    explicit Closing(asio::io_context& context) : timer(context) {}
    std::atomic<std::size_t> left{0};
    asio::steady_timer timer;  // used on the first loop only
    std::function<void()> done;
  };
  asio::io_context& first = state_->loops.front()->context();
  const auto closing = std::make_shared<Closing>(first);
  closing->left = state_->loops.size();
  closing->done = std::move(done);
  asio::post(first, [closing, limit, state = state_] {
    closing->timer.expires_after(limit);
    closing->timer.async_wait([state](boost::system::error_code failure) {
      if (failure) return;
      for (const auto& loop : state->loops) asio::post(loop->context(), [loop] { loop->cut_off(); });
    });
    for (const auto& loop : state->loops) {
      asio::post(loop->context(), [closing, loop, &first = state->loops.front()->context()] {
        loop->stop([closing, &first] {
          if (closing->left.fetch_sub(1) != 1) return;
          asio::post(first, [closing] {
            closing->timer.cancel();
            if (closing->done) closing->done();
          });
        });
      });
    }
  });
}

void Courier::abort() {
  for (const auto& loop : state_->loops) {
    asio::post(loop->context(), [loop] {
      loop->stop({});
      loop->cut_off();
    });
  }
}

std::size_t Courier::running() const {
  std::size_t sum = 0;
  for (const auto& loop : state_->loops) sum += loop->load();
  return sum;
}

std::size_t Courier::open_connections() const {
  std::size_t sum = 0;
  for (const auto& loop : state_->loops) sum += loop->open_connections();
  return sum;
}

}  // namespace breakwater::delivery
