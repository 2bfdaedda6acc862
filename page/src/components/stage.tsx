import { CameraView } from './camera-view';
import { PhotoGrid } from './photo-grid';
import { PhotoView } from './photo-view';
import { useStore } from './use-store';
import { Welcome } from './welcome';

/** Where the pictures are. */
export function Stage() {
  const { photos, showsCamera } = useStore();
  const large = photos.enlarged.value;
  return (
    <section class="stage" aria-label={showsCamera.value ? 'Camera' : 'Photos'}>
      {showsCamera.value ? (
        <CameraView />
      ) : large ? (
        <PhotoView photo={large} />
      ) : photos.list.value.length > 0 ? (
        <PhotoGrid />
      ) : (
        <Welcome />
      )}
    </section>
  );
}
