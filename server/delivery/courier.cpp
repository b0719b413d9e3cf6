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

namespace {

// A shutdown under way; used on the first loop only, save for `left`.
struct Closing {
  explicit Closing(asio::io_context& first) : timer(first) {}
  std::atomic<std::size_t> left{0};
  asio::steady_timer timer;
  std::function<void()> done;
};

}  // namespace

// Whatever has a socket, a timer or a descriptor belongs to one io_context and is held by this and by
// handlers of that very context, never by those of another one: so it is gone before its context is, in
// whatever order they go.
struct Courier::State {
  std::shared_ptr<const Setting> setting;
  std::shared_ptr<Resolver> resolver;
  std::vector<std::shared_ptr<Loop>> loops;
  std::shared_ptr<Closing> closing;
  std::shared_ptr<IdleDirectory> idle = std::make_shared<IdleDirectory>();
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
  state->resolver = std::move(*resolver);
  state->setting = setting;
  const std::size_t share = (setting->options.connections + loops.size() - 1) / loops.size();
  for (asio::io_context* const loop : loops) {
    state->loops.push_back(std::make_shared<Loop>(setting, *loop, share, state->loops.size(), state->idle));
  }
  return std::unique_ptr<Courier>(new Courier(std::move(state)));
}

Courier::~Courier() {
  asio::io_context& first = state_->loops.front()->context();
  for (std::shared_ptr<Loop>& loop : state_->loops) {
    asio::io_context& context = loop->context();
    asio::post(context, [loop = std::move(loop)] {
      loop->stop({});
      loop->cut_off();
    });
  }
  asio::post(first, [resolver = std::move(state_->resolver), closing = std::move(state_->closing)] {});
}

void Courier::deliver(queue::Consignment consignment, Progress progress) {
  auto content = state_->contents.content_of(consignment.copy);
  const auto idle = state_->idle->speak_for(pool_key(consignment.route, consignment.domain));
  auto errand = std::make_unique<Errand>(std::move(consignment), std::move(progress), std::move(content));
  errand->spoken_for = idle.has_value();
  Loop& loop = idle ? *state_->loops[*idle] : state_->least_loaded();
  loop.expect();
  asio::post(loop.context(), [self = loop.shared_from_this(), errand = std::move(errand)]() mutable {
    self->deliver(std::move(errand));
  });
}

void Courier::shutdown(Duration limit, std::function<void()> done) {
  asio::io_context& first = state_->loops.front()->context();
  state_->closing = std::make_shared<Closing>(first);
  state_->closing->left = state_->loops.size();
  state_->closing->done = std::move(done);
  const std::weak_ptr<Closing> weak = state_->closing;
  std::vector<std::pair<asio::io_context*, std::weak_ptr<Loop>>> those;
  for (const auto& loop : state_->loops) those.emplace_back(&loop->context(), loop);
  asio::post(first, [weak, limit, those = std::move(those)]() mutable {
    const auto closing = weak.lock();
    if (!closing || closing->left == 0) return;
    closing->timer.expires_after(limit);
    closing->timer.async_wait([those = std::move(those)](boost::system::error_code failure) {
      if (failure) return;
      for (const auto& [context, weak_loop] : those) {
        asio::post(*context, [weak_loop = weak_loop] {
          if (const auto loop = weak_loop.lock()) loop->cut_off();
        });
      }
    });
  });
  for (const auto& loop : state_->loops) {
    asio::post(loop->context(), [weak, loop, &first] {
      loop->stop([weak, &first] {
        asio::post(first, [weak] {
          const auto closing = weak.lock();
          if (!closing || closing->left.fetch_sub(1) != 1) return;
          closing->timer.cancel();
          if (closing->done) closing->done();
        });
      });
    });
  }
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
