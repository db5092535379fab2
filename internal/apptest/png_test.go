package apptest

import "testing"

// TestPNG saves charts as pictures: twice as sharp as the screen, with a title,
// what they are of, and a key above them.
func TestPNG(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "dark")
	p.open(insights + "code-generation?days=90&compare=1&split=initiator")
	for _, card := range []string{"daily", "user-model"} {
		got := eval[struct {
			Name          string
			Width, Height int
			Screen        struct{ Width, Height int }
			Head          []int // rows of the picture's first lines that hold ink
		}](p, `(async () => {
			let link;
			HTMLAnchorElement.prototype.click = function () { link = this; };
			document.querySelector("#`+card+` [data-png]").click();
			const image = new Image();
			image.src = link.href;
			await image.decode();
			const copy = document.createElement("canvas");
			[copy.width, copy.height] = [image.width, image.height];
			const g = copy.getContext("2d", { willReadFrequently: true });
			g.drawImage(image, 0, 0);
			const ground = g.getImageData(0, 0, 1, 1).data.join();
			const inked = (y) => {
				const row = g.getImageData(0, y, copy.width, 1).data;
				for (let i = 0; i < row.length; i += 4) if (row.slice(i, i + 4).join() !== ground) return true;
				return false;
			};
			const { clientWidth, clientHeight } = document.querySelector("#`+card+` canvas");
			return { name: link.download, width: image.width, height: image.height, screen: { width: clientWidth, height: clientHeight },
				head: [28, 70, 104].filter((middle) => [-4, 0, 4].some((d) => inked(middle + d))) };
		})()`)
		if got.Name != card+".png" {
			t.Errorf("%s is saved as %s", card, got.Name)
		}
		if got.Width < 2*got.Screen.Width || got.Height < 2*got.Screen.Height+120 {
			t.Errorf("%s: the picture is %d × %d, the chart on the screen %+v", card, got.Width, got.Height, got.Screen)
		}
		if len(got.Head) != 3 {
			t.Errorf("%s: of title, origin and key only those at %v are there", card, got.Head)
		}
		p.settle()
	}
	p.clean("saving pictures")
}
