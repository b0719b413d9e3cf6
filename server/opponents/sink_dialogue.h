// The sink's side of one connection, as a pure state machine: bytes in, replies and what to do next out. Kept
// lean: it parses in place and allocates nothing per recipient, since it must never be what a benchmark
// measures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "opponents/sink_rules.h"
#include "opponents/sink_tally.h"

namespace breakwater::opponents {

class SinkDialogue {
 public:
  enum class Next {
    read,   // more bytes are needed; what was not used is to be given again, with more behind it
    wait,   // rules.latency_ms, then answer(); nothing may be fed before
    hang,   // say nothing any more, until the peer goes
    close,  // flush and close
    drop,   // close without flushing
  };

  // Both must outlive the dialogue.
  SinkDialogue(const SinkRules& rules, SinkTally& tally) : rules_(rules), tally_(tally) {}

  Next greet(std::string& out);
  Next feed(std::string_view in, std::size_t& used, std::string& out);
  Next answer(std::string& out);  // to the end of the data, after Next::wait

 private:
  enum class Mode { command, data, chunk };

  Next command(std::string_view line, std::string& out);
  Next hello(std::string_view line, bool extended, std::string& out);
  Next mail(std::string_view line, std::string& out);
  Next rcpt(std::string_view line, std::string& out);
  const char* refusal(std::string_view recipient);
  Next data(std::string& out);
  Next bdat(std::string_view line, std::string& out);
  std::size_t content(std::string_view in, bool& ended);
  std::size_t chunk(std::string_view in, std::string& out, bool& ended);
  void keep(std::string_view content);
  Next end_of_data(std::string& out);
  void reset();

  const SinkRules& rules_;
  SinkTally& tally_;
  Mode mode_ = Mode::command;
  bool in_mail_ = false;
  bool line_start_ = false;  // data: nothing was used yet, so a dot may stand alone at once
  bool last_chunk_ = false;
  std::uint32_t messages_ = 0;  // taken
  std::uint64_t chunk_left_ = 0, bytes_ = 0, count_ = 0;
  const char* how_ = "DATA";
  std::string helo_, mail_, sender_, recipients_, message_;
  std::vector<std::string> parameters_;  // only where messages are stored
};

}  // namespace breakwater::opponents
