"""Projects: registered folders, their trees and their files."""
