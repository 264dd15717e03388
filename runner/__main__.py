"""`python -m runner`: what the launcher `./xinlv` hands over to."""

import sys


def main() -> int:
    """Run the command line, or one service without it: that patches threads before anything is imported."""
    arguments = sys.argv[1:]
    if len(arguments) == 2 and arguments[0] == "serve" and not arguments[1].startswith("-"):
        from runner.serve import serve

        return serve(arguments[1])
    from runner.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
