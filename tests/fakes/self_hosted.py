"""A self-hosted model server (llama.cpp's, by xllamacpp) on loopback, with a tiny model of random
weights made on the spot: what it says is noise, how it says it is real."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MODEL = "random"
CONTEXT = 8192
"""Tokens; a token is a byte."""
WIDTH = 32

PROGRAM = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.model_alias = sys.argv[1], {sys.argv[2]}
params.n_ctx, params.n_parallel, params.port = int(sys.argv[3]), 1, 0
params.api_keys, params.cpuparams.n_threads, params.warmup = [sys.argv[4]], 1, False
params.embedding, params.ui = True, False
server = xllamacpp.Server(params)
print("URL", server.listening_address, flush=True)
sys.stdin.read()
"""


def write_random_model(path: Path) -> None:
    """A Llama of one layer, whose vocabulary is the 256 bytes, in the GGUF format."""
    import gguf
    import numpy as np

    random = np.random.default_rng(0)
    kind = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [kind.UNKNOWN, kind.CONTROL, kind.CONTROL, *[kind.BYTE] * 256]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2 * CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_rope_dimension_count(WIDTH // 2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}")
    inner, outer = (2 * WIDTH, WIDTH), (WIDTH, 2 * WIDTH)
    weights = {"token_embd": (len(tokens), WIDTH), "output": (len(tokens), WIDTH)}
    weights |= {f"blk.0.attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
    weights |= {"blk.0.ffn_gate": inner, "blk.0.ffn_up": inner, "blk.0.ffn_down": outer}
    values = {name: random.normal(0, 0.05, shape) for name, shape in weights.items()}
    # One dimension is the same for all tokens, and tells what can be printed from what cannot.
    values["token_embd"][:, 0] = 10
    values["output"][:, 0] = [2 if 0x20 < token - 3 < 0x7F else -2 for token in range(len(tokens))]
    for name, value in values.items():
        writer.add_tensor(f"{name}.weight", value.astype(np.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextlib.contextmanager
def self_hosted(folder: Path, key: str) -> Iterator[str]:
    """The base URL of a server that wants `key`, in a process of its own."""
    model = folder / "random.gguf"
    write_random_model(model)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(model), MODEL, str(CONTEXT), key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "server.log").open("wb"),
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = (line for line in process.stdout if line.startswith("URL "))
        address = next(lines, "")
        assert address, (folder / "server.log").read_text()
        yield address.removeprefix("URL ").strip() + "/v1"
    finally:
        process.kill()
        process.wait()
