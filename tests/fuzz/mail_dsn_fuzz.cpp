// Reading a report ends, within its limits, with one line a value; our own reports read back.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/dsn.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto found = mail::parse_dsn(text)) {
    BREAKWATER_ASSERT(found->size() <= 1000);
    for (const auto& one : *found) {
      BREAKWATER_ASSERT(!one.recipient.empty());
      const std::string all = one.recipient + one.action + one.status + one.diagnostic;
      BREAKWATER_ASSERT(all.find_first_of(std::string_view("\r\n\0\x1B", 4)) == std::string::npos);
    }
  }
  mail::DeliveryReport report;
  report.reporting_mta = "mx.example";
  report.to = report.envid = text;
  report.recipients = {{"bob@example.net", text, text, text, text},
                       {"eve@example.net", "", "5.1.1", "", text}};
  report.original_head = text;
  const auto again = mail::parse_dsn(mail::compose_dsn(report, from_ms(0), size));
  BREAKWATER_ASSERT(again.has_value() && again->size() == 2);
  BREAKWATER_ASSERT(again->back().recipient == "eve@example.net" && again->back().status == "5.1.1");
  return 0;
}
